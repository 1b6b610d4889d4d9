"""A strict Telegram Bot API, its users, and its webhook delivery."""
