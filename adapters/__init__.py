"""Channels: each translates one platform to and from the hub's vocabulary."""
