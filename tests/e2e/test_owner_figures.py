"""Figures as the owner's pages show them, recomputed from the rows; two versions of the bot's words side by side."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Page, expect

from support.owner_pages import SLOW, OwnerPages
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_desk"),
]
KNOWN = "For how many days is a zebra rented?"
UNKNOWN = "Is there a voucher for students?"
Rows = list[dict[str, Any]]


class _Company:
    """A company of the demo and its rows as they stand in the database."""

    def __init__(self, owner: OwnerPages, slug: str, id: UUID) -> None:
        self._owner, self.slug, self.id = owner, slug, id

    async def rows(self, table: str) -> Rows:
        """All of a table's rows of the company."""
        told = json.loads(await asyncio.to_thread((self._owner.demo.data / "running.json").read_text))
        database = await asyncpg.connect(told["database_url"])
        try:
            async with database.transaction():
                await database.execute("set local role hub_app")
                await database.execute("select set_config('app.tenant_id', $1, true)", str(self.id))
                found = await database.fetch(f"select * from hub.{table} where tenant_id = $1", self.id)
        finally:
            await database.close()
        return [dict(row) for row in found]

    async def ask(self, question: str) -> None:
        """Ask as a customer who was never here."""
        await self._owner.demo.call("POST", f"/tenants/{self.slug}/chat", {"message": question})

    async def call(self, method: str, path: str, body: object = None) -> Any:
        return await self._owner.demo.call(method, f"/tenants/{self.slug}{path}", body)


async def _company(owner: OwnerPages, name: str) -> _Company:
    slug = await owner.company(name)
    await owner.knows(slug, "Zebra terms", "A zebra is rented for at most nine days.")
    return _Company(owner, slug, UUID((await owner.demo.call("GET", f"/tenants/{slug}"))["id"]))


def _percent(share: float) -> str:
    return f"{Decimal(str(100 * share)).quantize(Decimal(1), ROUND_HALF_UP)}%"


def _said(messages: Rows) -> list[dict[str, Any]]:
    """What the bot answered: a message's metadata with its conversation and support."""
    own = [one | json.loads(one["metadata"]) for one in messages if one["author_kind"] == "bot"]
    return [one for one in own if "thought" in one]


async def test_every_page_shows_what_the_rows_say(owner: OwnerPages) -> None:
    await owner.calm()
    company = await _company(owner, "Figures")
    await company.call(
        "POST", "/budgets", {"scope": "tenant", "amount": "1000000", "unit": "tokens", "period": "month"}
    )
    for question in (KNOWN, UNKNOWN, UNKNOWN, "I want to talk to a person"):
        await company.ask(question)
    assert len(await company.rows("conversation")) == 4, "each asked in a conversation of its own"
    page = await owner.sign_in()
    await _overview(owner, page, company)
    await _reports(owner, page, company)
    await _usage(owner, page, company)
    await _evaluation(owner, page, company)
    await _gaps_and_ledger(owner, page, company)


async def _overview(owner: OwnerPages, page: Page, company: _Company) -> None:
    await owner.open(page, "overview", "Overview", company.slug)
    talks, messages = await company.rows("conversation"), await company.rows("message")
    handoffs, supports = (
        await company.rows("handoff"),
        [one["support"] for one in messages if one["support"] is not None],
    )
    assert handoffs and supports
    shown = {
        "opened": f"{len(talks)}",
        "open": f"{sum(one['state'] != 'resolved' for one in talks)}",
        "handoffs": f"{len(handoffs)}",
        "support": _percent(sum(supports) / len(supports)),
    }
    for figure, value in shown.items():
        await expect(page.locator(f"[data-figure={figure}] strong")).to_have_text(value)
    both = Counter(one["direction"] for one in messages if one["author_kind"] != "system")
    await expect(page.locator("[data-figure=opened]")).to_contain_text(f"{both['in']} messages in, {both['out']} out")


async def _reports(owner: OwnerPages, page: Page, company: _Company) -> None:
    tables = {
        "conversations": "conversation",
        "messages": "message",
        "days": "message",
        "handoffs": "handoff",
        "models": "usage",
    }
    for report, table in tables.items():
        await owner.open(page, f"reports?report={report}", "Reports", company.slug)
        total = page.get_by_role("row", name="Total").get_by_role("cell")
        rows = await company.rows(table)
        await expect(total.first).to_have_text(f"{len(rows):,}")
    took = [one["duration"] for one in await company.rows("usage")]
    unit = "ms" if min(took) < 1 else "sec"
    await expect(total.nth(2)).to_contain_text(
        f"{Decimal(str(1000 * min(took))).quantize(Decimal(1), ROUND_HALF_UP)} ms" if unit == "ms" else unit
    )


async def _usage(owner: OwnerPages, page: Page, company: _Company) -> None:
    await owner.open(page, "usage", "Usage and budgets", company.slug)
    rows = await company.rows("usage")
    total = page.get_by_role("row", name="Total").get_by_role("cell")
    sums = [
        len(rows),
        sum(not one["ok"] for one in rows),
        *(sum(one[f"{kind}_tokens"] for one in rows) for kind in ("input", "cached", "output")),
    ]
    for place, value in enumerate(sums):
        await expect(total.nth(place)).to_have_text(f"{value:,}")
    # A budget bounds what chat models use; vectors are made here, by the local model.
    counted = [one for one in rows if not one["task"].startswith("embed")]
    assert counted
    spent = sum(one["input_tokens"] + one["output_tokens"] for one in counted)
    await expect(page.get_by_role("region", name="1,000,000 tokens a month")).to_contain_text(f"{spent:,} tokens")


async def _gaps_and_ledger(owner: OwnerPages, page: Page, company: _Company) -> None:
    # Without money for a model the bot passes on to people what its documents do not answer.
    await company.call("POST", "/budgets", {"scope": "tenant", "period": "day", "unit": "tokens", "amount": "1"})
    for _ in range(2):
        await company.ask(UNKNOWN)
    await owner.open(page, "gaps", "Unanswered questions", company.slug)
    # With a note, a customer asked for a person.
    missed = Counter(
        one["why"]["question"]
        for one in _said(await company.rows("message"))
        if one["thought"] in ("no_answer", "handoff") and "note" not in one
    )
    assert missed == {UNKNOWN: 2}
    card = page.get_by_role("article").filter(has_text=UNKNOWN)
    await expect(card).to_have_attribute("data-count", str(missed[UNKNOWN]))
    await owner.open(page, "ledger", "Message ledger", company.slug)
    became = Counter(one["outcome"] or "open" for one in await company.rows("inbox"))
    assert sum(became.values()) == 6
    for outcome in ("open", "answered", "handed_over", "waiting", "ignored", "dead"):
        await expect(page.locator(f"[data-outcome={outcome}] strong")).to_have_text(f"{became[outcome]}")


async def _evaluation(owner: OwnerPages, page: Page, company: _Company) -> None:
    kept = await company.call(
        "POST", "/evaluation-sets", {"name": "Terms", "thresholds": {}, "blocks_publishing": False}
    )
    base = f"/evaluation-sets/{kept['id']}"
    cases = [{"question": KNOWN, "expect": "answer"}, {"question": UNKNOWN, "expect": "answer"}]
    await company.call("POST", f"{base}/cases", {"cases": cases})
    await company.call("POST", f"{base}/runs", {})
    await owner.open(page, "bot?tab=evaluation", "The bot", company.slug)
    run = page.locator("[data-run=done]")
    await expect(run).to_be_visible(timeout=2 * SLOW)
    outcomes = await company.rows("evaluation_outcome")
    assert len(outcomes) == 2
    right = sum(one["good"] for one in outcomes if one["expect"] == "answer") / 2
    await expect(run).to_contain_text(f"right {_percent(right)}")


async def test_two_versions_are_tried_side_by_side(owner: OwnerPages) -> None:
    company = await _company(owner, "Contest")
    first, second = [await company.call("POST", "/prompts", {"instructions": f"Say {n}."}) for n in ("madam", "friend")]
    await company.call("POST", f"/prompts/{first['id']}/use")
    page = await owner.sign_in()
    await owner.open(page, "bot?tab=versions", "The bot", company.slug)
    await expect(page.get_by_text("Not sure which of two versions is better?")).to_be_visible()
    # By keyboard alone, from the list to the share.
    await page.get_by_role("button", name="Look at it: Version 2").press("Enter")
    await page.get_by_role("button", name="Try it on some conversations").press("Enter")
    share = page.get_by_label("Of a hundred conversations it answers")
    await expect(share).to_be_focused()
    await share.fill("50")
    await share.press("Enter")
    card = page.get_by_role("region", name="Tried side by side")
    await expect(card).to_contain_text("Version 2 answers 50 of a hundred conversations, version 1 the others.")
    await expect(page.locator("[data-version='2']")).to_contain_text("Being tried")

    given: dict[int, list[dict[str, Any]]] = {}
    for turn in range(40):  # which version a conversation falls to is its id's, so that both are met sooner or later
        await company.ask(UNKNOWN if turn % 2 else KNOWN)
        said = _said(await company.rows("message"))
        given = {n: [one for one in said if one["prompt"] == n] for n in (1, 2)}
        if all(given.values()) and turn > 2:
            break
    assert all(given.values())
    await _shows(card, given)

    await card.get_by_role("button", name="Change the share").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("counting begins anew")
    await dialog.get_by_label("Of a hundred conversations it answers").fill("20")
    await dialog.get_by_role("button", name="Change the share").click()
    await expect(card).to_contain_text("Version 2 answers 20 of a hundred")
    await expect(card.locator("[data-figure=messages] [data-arm='1']")).to_have_text("0")
    await card.get_by_role("button", name="End the trial").click()
    await page.get_by_role("dialog").get_by_role("button", name="End the trial").click()
    await expect(card).to_have_count(0)
    assert (await company.call("GET", "/prompts/contest"))["prompt_id"] is None

    await company.call("PUT", "/prompts/contest", {"prompt_id": second["id"], "share": 1})
    await page.reload()
    await card.get_by_role("button", name="Answer everything by version 2").click()
    await expect(card).to_have_count(0)
    await expect(page.locator("[data-version='2']")).to_contain_text("In use")

    async def won() -> bool:
        return bool((await company.call("GET", f"/prompts/{second['id']}"))["in_use"])

    await eventually(won, seconds=30, what="the version, put to use")


async def _shows(card: Any, given: dict[int, list[dict[str, Any]]]) -> None:
    """Whether the figures of both versions are those of the bot's messages."""
    counts: dict[str, Callable[[list[dict[str, Any]]], int]] = {
        "conversations": lambda said: len({one["conversation_id"] for one in said}),
        "messages": len,
        "answered": lambda said: sum(one["thought"] in ("answer", "extracts") for one in said),
        "unanswered": lambda said: sum(one["thought"] == "no_answer" for one in said),
        "handed_over": lambda said: sum(one["thought"] == "handoff" for one in said),
    }
    for version, said in given.items():
        for figure, count in counts.items():
            value = count(said)
            words = (
                f"{value}" if figure in ("conversations", "messages") else f"{value} · {_percent(value / len(said))}"
            )
            shown = card.locator(f"[data-figure={figure}] [data-arm='{version}']")
            await expect(shown).to_have_text(words, timeout=SLOW)
        supports = [one["support"] for one in said if one["support"] is not None]
        mean = _percent(sum(supports) / len(supports)) if supports else "–"
        await expect(card.locator(f"[data-figure=support] [data-arm='{version}']")).to_have_text(mean)
