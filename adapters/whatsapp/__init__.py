"""The channel for WhatsApp."""
