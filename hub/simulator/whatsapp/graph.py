"""Errors in the Graph API's form (developers.facebook.com/docs/graph-api/guides/error-handling)."""

from __future__ import annotations

import math
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class GraphError(Exception):
    """A call that is refused. ``code`` is Meta's, ``status`` the HTTP status."""

    def __init__(
        self, code: int, text: str, *, status: int = 400, details: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
        self.details = details
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """The refusal as the Graph API words it."""
        error: Json = {
            "message": f"(#{self.code}) {self.text}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": "SimulatedTrace",
        }
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        return web.json_response({"error": error}, status=self.status, headers=headers)


def invalid(details: str) -> GraphError:
    """A parameter whose value cannot be."""
    return GraphError(100, "Invalid parameter", details=details)


def refuse(status: int, seconds: float) -> web.Response:
    """An injected refusal: too many calls, or a failure within."""
    if status == 429:
        return GraphError(130429, "Rate limit hit", status=429, retry_after=seconds).response()
    return GraphError(131000, "Something went wrong", status=status, details="Unknown error.").response()
