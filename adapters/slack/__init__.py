"""The channel for Slack."""
