"""The channel for the website's chat bubble."""
