"""The channel for Telegram."""
