"""The channel for Messenger."""
