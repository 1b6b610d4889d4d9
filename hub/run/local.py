"""One machine without configuration: keys that are made once, and the embedded database, started or joined."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from hub.run.embedded import EmbeddedPostgres, EmbeddedPostgresError
from hub.security.encryption import generate_key
from hub.settings import Settings

_SIMULATED = "_api_url"
"""How the settings of platforms' addresses end."""


@dataclass(frozen=True, slots=True)
class LocalKeys:
    """What ``hub up`` makes for itself where the environment sets nothing."""

    secret_key: str
    admin_key: str


def local_keys(data_dir: Path) -> LocalKeys:
    """This data directory's keys, made at first use, readable by its owner alone."""
    path = data_dir / "keys.json"
    if path.is_file():
        return LocalKeys(**json.loads(path.read_text()))
    data_dir.mkdir(parents=True, exist_ok=True)
    keys = LocalKeys(generate_key(), secrets.token_urlsafe(32))
    _write_private(path, {"secret_key": keys.secret_key, "admin_key": keys.admin_key})
    return keys


def with_local_keys(settings: Settings) -> Settings:
    """The settings, with this machine's own keys where none are set."""
    keys = local_keys(settings.data_dir)
    changes: dict[str, object] = {}
    if not settings.secret_keys:
        changes["secret_keys"] = (SecretStr(keys.secret_key),)
    if settings.admin_api_key is None:
        changes["admin_api_key"] = SecretStr(keys.admin_key)
    return settings.model_copy(update=changes)


@asynccontextmanager
async def local_database(settings: Settings, *, exclusive: bool = False) -> AsyncIterator[Settings]:
    """The settings with a database: the one they name, else the embedded one, started for as long as the block runs.

    Where a running ``hub up`` has the embedded one already, that is joined, unless ``exclusive``.
    """
    if settings.database_url is not None:
        yield settings
        return
    settings = with_local_keys(settings)
    running = settings.data_dir / "running.json"
    server = EmbeddedPostgres(settings.data_dir)
    try:
        await server.start()
    except EmbeddedPostgresError:
        if exclusive or not running.is_file():
            raise
        told = await asyncio.to_thread(_read, running)
        changes: dict[str, object] = {"database_url": SecretStr(told["database_url"])}
        changes |= {name: url for name, url in told.items() if name.endswith(_SIMULATED)}
        yield settings.model_copy(update=changes)
        return
    try:
        _write_private(running, {"pid": os.getpid(), "database_url": server.database_url})
        yield settings.model_copy(update={"database_url": SecretStr(server.database_url)})
    finally:
        running.unlink(missing_ok=True)
        await server.stop()


def tell_joiners(data_dir: Path, **api_urls: str) -> None:
    """Let commands that join this running hub reach its simulated platforms too; settings and their addresses."""
    running = data_dir / "running.json"
    if running.is_file():
        _write_private(running, {**_read(running), **api_urls})


def _read(path: Path) -> dict[str, str]:
    return {str(k): str(v) for k, v in json.loads(path.read_text()).items()}


def _write_private(path: Path, data: dict[str, object]) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(data, stream)
    partial.replace(path)
