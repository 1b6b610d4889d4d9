"""People, API keys, permissions, and channel credentials."""
