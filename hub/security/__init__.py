"""Passwords, tokens, encryption at rest, and the one outbound HTTP client."""
