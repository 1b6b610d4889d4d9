"""A company of the demo beside its rows in the database, and how the desk says what is counted in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import asyncpg
from playwright.async_api import Page

from support.owner_pages import OwnerPages

Rows = list[dict[str, Any]]

_SAID = """([values, kind]) => {
  const say = (value, options) => new Intl.NumberFormat("en-GB", options).format(value);
  const unit = (value, unit, digits = 0) => say(value, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits });
  const time = (seconds) => {
    if (seconds < 1) return unit(Math.round(1000 * seconds), "millisecond");
    if (seconds < 60) return unit(seconds, "second", seconds < 10 ? 1 : 0);
    const all = Math.round(seconds);
    return all < 3600
      ? `${unit(Math.floor(all / 60), "minute")} ${unit(all % 60, "second")}`
      : `${unit(Math.floor(all / 3600), "hour")} ${unit(Math.floor(all / 60) % 60, "minute")}`;
  };
  const size = (bytes) =>
    bytes < 1000
      ? say(bytes, { style: "unit", unit: "byte", unitDisplay: "long" })
      : say(bytes / 1000, { style: "unit", unit: "kilobyte", unitDisplay: "short", maximumFractionDigits: 0 });
  const money = (sum) => say(sum, { style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: sum !== 0 && sum < 1 ? 4 : 2 });
  return values.map((value) => (value === null ? "–" : { time, size, money, number: say }[kind](value)));
}"""  # noqa: E501 - a browser's program


class Company:
    """A company of the demo and its rows as they stand in the database."""

    def __init__(self, owner: OwnerPages, slug: str, id: UUID) -> None:
        self._owner, self.slug, self.id = owner, slug, id

    async def rows(self, table: str) -> Rows:
        """All of a table's rows of the company."""
        async with _role(self._owner, "hub_app", self.id) as database:
            found = await database.fetch(f"select * from hub.{table} where tenant_id = $1", self.id)
        return [dict(row) for row in found]

    async def lives(self, statement: str, *values: object) -> None:
        """Let happen to its rows what takes days elsewhere. ``$1`` is the company."""
        async with _role(self._owner, "hub_app", self.id) as database:
            await database.execute(statement, self.id, *values)

    async def ask(self, question: str) -> dict[str, Any]:
        """Ask as a customer who was never here; what came of it."""
        answer = await self._owner.demo.call("POST", f"/tenants/{self.slug}/chat", {"message": question})
        return dict(answer)

    async def call(self, method: str, path: str, body: object = None) -> Any:
        return await self._owner.demo.call(method, f"/tenants/{self.slug}{path}", body)


async def company_that_knows(owner: OwnerPages, name: str, title: str, text: str) -> Company:
    """A new company whose bot has read one document."""
    slug = await owner.company(name)
    await owner.knows(slug, title, text)
    return Company(owner, slug, UUID((await owner.demo.call("GET", f"/tenants/{slug}"))["id"]))


async def rows_of_all(owner: OwnerPages, statement: str) -> Rows:
    """What a statement finds in the rows of every company, and in those of the deployment itself."""
    async with _role(owner, "hub_sysfn") as database:
        return [dict(row) for row in await database.fetch(statement)]


@asynccontextmanager
async def _role(owner: OwnerPages, role: str, company: UUID | None = None) -> AsyncIterator[asyncpg.Connection]:
    told = json.loads(await asyncio.to_thread((owner.demo.data / "running.json").read_text))
    database = await asyncpg.connect(told["database_url"])
    try:
        async with database.transaction():
            await database.execute(f"set local role {role}")
            await database.execute("select set_config('app.tenant_id', $1, true)", str(company or ""))
            yield database
    finally:
        await database.close()


async def said(page: Page, kind: str, *values: float | Decimal | None) -> list[str]:
    """How the desk says amounts of a ``kind``: ``time`` in seconds, ``size`` in bytes, ``money`` in dollars, or a
    ``number``."""
    plain = [None if value is None else float(value) for value in values]
    told: list[str] = await page.evaluate(_SAID, [plain, kind])
    return told


def percent(share: float) -> str:
    """A share as the desk says it, from a tenth on."""
    return f"{Decimal(str(100 * share)).quantize(Decimal(1), ROUND_HALF_UP)}%"
