"""The OpenAPI document without a running hub: the routes are built, nothing is connected."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from hub import __version__
from hub.http.app import document_of
from hub.run.house import open_house
from hub.run.web import WebSide
from hub.security.encryption import generate_key
from hub.settings import Settings


async def api_document() -> dict[str, Any]:
    """The document of every route of this release."""
    settings = Settings(
        _env_file=None,
        database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"),
        secret_keys=(SecretStr(generate_key()),),
    )
    async with open_house(settings) as house:
        return document_of(WebSide(house).app(), version=__version__)
