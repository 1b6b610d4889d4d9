"""Which hosts may see the bot's token, or bytes on its behalf: Slack's own, and the one the operator configured."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

API_URL: Final = "https://slack.com/api"
_OURS: Final = ("slack.com", "slack-files.com", "slack-edge.com", "slack-gov.com")


def is_slacks(url: str, api_url: str) -> bool:
    """Whether an address is Slack's: its documented hosts over https, or host and port of ``api_url``."""
    try:
        asked, configured = urlsplit(url), urlsplit(api_url)
        port, host = asked.port, (asked.hostname or "").lower().rstrip(".")
        same = (asked.scheme, host, port) == (configured.scheme, configured.hostname, configured.port)
    except ValueError:
        return False
    if asked.username or asked.password or not host:
        return False
    if same:
        return True
    # A configured stand-in never gets a real token's files from elsewhere mixed in, nor the other way round.
    genuine = urlsplit(API_URL).hostname == configured.hostname or any(_within(configured.hostname, h) for h in _OURS)
    return genuine and asked.scheme == "https" and port in (None, 443) and any(_within(host, known) for known in _OURS)


def _within(host: str | None, domain: str) -> bool:
    return host is not None and (host == domain or host.endswith(f".{domain}"))
