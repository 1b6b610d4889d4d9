"""Running a command over the house: settings, logging, an event loop, a tenant by id or slug."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from hub.core.errors import NotFound
from hub.run.house import House, open_house
from hub.run.local import local_database
from hub.settings import Settings, load_settings
from hub.store.directory import TenantRow
from hub.telemetry.logs import configure_logging

T = TypeVar("T")

_COLLECT_AFTER = 10_000
"""New objects before the young ones are looked through. One webhook makes some hundred, and nearly none needs that:
with Python's own 700 it would happen all the time."""


def read_settings(*, data: Path | None = None, level: str | None = None) -> Settings:
    """The settings of the environment, with logging set up. ``level`` overrides theirs."""
    settings = load_settings()
    if data is not None:
        settings = settings.model_copy(update={"data_dir": data})
    configure_logging(level=level or settings.log_level, form=settings.log_format)
    return settings


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop where it is installed, which it is but on Windows."""
    gc.freeze()  # what was loaded stays: later collections need not walk it
    gc.set_threshold(_COLLECT_AFTER)
    gc.enable()
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


@asynccontextmanager
async def house_for_command(data: Path | None = None) -> AsyncIterator[House]:
    """The house for one command: over the database of the environment, or the embedded one of the data directory."""
    settings = read_settings(data=data, level="warning")
    async with local_database(settings) as local:
        if local.embedding_provider is None:
            local = local.model_copy(update={"embedding_provider": "auto"})
        if settings.database_url is None:
            await _bring_up_to_date(local)
        async with open_house(local, pool=4) as house:
            yield house


async def _bring_up_to_date(settings: Settings) -> None:
    from hub.store.migrate import migrate

    if settings.database_url is not None:
        await migrate(settings.database_url.get_secret_value())


async def find_tenant(house: House, name: str) -> TenantRow:
    """The tenant of this id or slug. Raises ``NotFound`` saying how to make one."""
    async with house.store.directory() as directory:
        row = await directory.tenant(name)
    if row is None:
        raise NotFound(f"There is no tenant '{name}'. Make one with 'hub tenant create {name}'.", field="--tenant")
    return row
