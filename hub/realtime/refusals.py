"""An error as a client of the sockets gets it."""

from __future__ import annotations

from typing import Any

from hub.core.errors import HubError, TooMany


def refusal(error: HubError) -> dict[str, Any]:
    """``{code, message}``, with the field and the seconds to wait where there are any."""
    data: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.field is not None:
        data["field"] = error.field
    if isinstance(error, TooMany):
        data["retry_after"] = error.retry_after
    return data
