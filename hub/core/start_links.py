"""Links that open a chat on a platform."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from hub.core.channels import Credentials


@runtime_checkable
class StartsByLink(Protocol):
    """Has links that open a chat with an account, with a code along that the customer sends by one tap."""

    def start_link(self, credentials: Credentials, address: str | None, code: str, words: str) -> str:
        """The link. ``address`` is the account's public name or number (None: as the credentials tell it), ``words``
        what is written beside the code where the platform lets one write. Raises ``Invalid`` without an address."""
        ...
