"""A strict Messenger: Meta's Graph API for pages, its people, and its signed webhooks."""
