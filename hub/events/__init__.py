"""The event log and webhooks to tenants."""
