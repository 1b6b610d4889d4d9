"""Switchboard: a chatbot integration hub for messaging platforms."""

__version__ = "0.1.0"
