"""The typed layer over aiohttp, platform webhooks, the chat API, health and metrics."""
