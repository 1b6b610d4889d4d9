"""Structured logs with redaction, metrics, traces."""
