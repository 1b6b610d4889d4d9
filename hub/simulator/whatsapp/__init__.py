"""A simulated WhatsApp: its Cloud API, its webhooks and the people who write to a business."""
