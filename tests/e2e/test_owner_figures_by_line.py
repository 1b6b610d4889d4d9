"""Every line of the overview, the reports and the usage, recomputed from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, median
from typing import Any

import pytest
from playwright.async_api import Page, expect

from support.company_rows import Company, Rows, company_that_knows, percent, said
from support.owner_pages import OwnerPages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_desk"),
]
KNOWN = "For how many days is a zebra rented?"
REPORTS = ("days", "conversations", "messages", "responses", "handoffs", "labels", "models", "satisfaction", "ratings")
USED_BY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "model": lambda one: (one["provider"], one["model"]),
    "provider": lambda one: one["provider"],
    "task": lambda one: one["task"],
    "channel": lambda one: one["channel_id"],
    "conversation": lambda one: one["conversation_id"],
    "day": lambda one: one["at"].date(),
}
_CELLS = """(selector) => [...document.querySelectorAll(`${selector} tbody tr`)]
  .map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent))"""
_LIVED = """
with talk as (select id, row_number() over (order by opened_at) as n from hub.conversation where tenant_id = $1),
     answer as (select id, conversation_id, row_number() over (order by created_at) as n
                  from hub.message where tenant_id = $1 and author_kind = 'bot'),
     liked as (insert into hub.feedback (tenant_id, message_id, conversation_id, value)
               select $1, id, conversation_id, case n when 2 then 'down' else 'up' end from answer where n <= 3),
     rated as (insert into hub.rating (tenant_id, conversation_id, score)
               select $1, id, 3 + n from talk where n <= 2),
     named as (insert into hub.label (id, tenant_id, name)
               values (gen_random_uuid(), $1, 'Zebra') returning id),
     labelled as (insert into hub.conversation_label (tenant_id, conversation_id, label_id)
                  select $1, talk.id, named.id from talk, named where talk.n <= 2),
     taken as (update hub.handoff set accepted_at = requested_at + interval '95 seconds' where tenant_id = $1),
     called as (insert into hub.call_use (tenant_id, hour, calls, beyond, refused)
                values ($1, date_trunc('hour', now()) - interval '2 hours', 7, 2, 1))
update hub.usage set cost = 0.0123, currency = 'USD' where tenant_id = $1 and task = 'answer'"""


@dataclass(frozen=True)
class _Fact:
    """What a report counts once."""

    label: Any
    seconds: float | Decimal | None = None
    bytes: int | None = None
    cost: Decimal | None = None


async def test_every_line_of_a_report_is_what_the_rows_say(owner: OwnerPages) -> None:
    await owner.calm()
    company = await company_that_knows(owner, "Lines", "Zebra terms", "A zebra is rented for at most nine days.")
    for question in (KNOWN, KNOWN, "Is there a voucher?", "I want to talk to a person"):
        answer = await company.ask(question)
        if question == KNOWN:
            await company.call("POST", f"/conversations/{answer['conversation_id']}/resolve")
    await company.lives(_LIVED)
    page = await owner.sign_in()
    await _overview(owner, page, company)
    for report in REPORTS:

        async def lines(report: str = report) -> list[list[str]]:
            return await _lines(page, (await _facts(company))[report])

        await _shows(owner, page, company, f"reports?report={report}", lines)
    for by in USED_BY:

        async def used(by: str = by) -> list[list[str]]:
            return await _used(page, await company.rows("usage"), USED_BY[by])

        await _shows(owner, page, company, f"usage?report={by}", used, "main section:last-of-type table")
    assert ["7", "2", "1"] in await _calls(page, company), "an hour's calls, those beyond, those refused"


async def _shows(
    owner: OwnerPages,
    page: Page,
    company: Company,
    path: str,
    lines: Callable[[], Awaitable[list[list[str]]]],
    table: str = "main table",
) -> None:
    """Open a page until its table has these lines, the total at its end: the hub may still be writing rows, and
    the page drawing."""
    seen: list[list[str]] = []
    wanted: list[list[str]] = []
    for _ in range(5):
        await owner.open(page, path, None, company.slug)
        await page.locator(table).wait_for()
        seen, wanted = _in_order(await page.evaluate(_CELLS, table)), _in_order(await lines())
        assert len(wanted) > 1, "a line, and the total"
        if seen == wanted:
            return
    assert seen == wanted, path


def _in_order(lines: list[list[str]]) -> list[list[str]]:
    return sorted(lines[:-1]) + lines[-1:]


async def _overview(owner: OwnerPages, page: Page, company: Company) -> None:
    await owner.open(page, "overview", "Overview", company.slug)
    ended = [one for one in await company.rows("conversation") if one["state"] == "resolved"]
    helped = {one["conversation_id"] for one in await company.rows("handoff")}
    opinions = [one["value"] for one in await company.rows("feedback")]
    scores = [one["score"] for one in await company.rows("rating")]
    waited = [one.seconds for one in (await _facts(company))["responses"] if one.seconds is not None]
    alone = sum(one["id"] not in helped for one in ended)
    (first,) = await said(page, "time", median(waited))
    costs = [one["cost"] for one in await company.rows("usage") if one["cost"] is not None]
    (cost,) = await said(page, "money", sum(costs))
    assert (len(ended), alone, opinions.count("up")) == (2, 2, 2)
    shown = {
        "first_response": first,
        "resolved_by_bot": f"{percent(alone / len(ended))}",
        "resolved_by_people": f"{percent(1 - alone / len(ended))}",
        "satisfaction": percent(opinions.count("up") / len(opinions)),
        "rating": f"{fmean(scores):.1f} of 5",
        "cost": cost,
    }
    for figure, value in shown.items():
        await expect(page.locator(f"[data-figure={figure}] strong")).to_have_text(value)
    waiting = sum(one["state"] == "waiting" for one in await company.rows("conversation"))
    await expect(page.locator("[data-figure=open]")).to_contain_text(f"{waiting} waits for a person")
    reasons = page.get_by_role("list", name="Why people were asked for").get_by_role("listitem")
    await expect(reasons).to_have_count(1)
    await expect(reasons).to_contain_text("1, taken after 1 min 35 sec")


async def _facts(company: Company) -> dict[str, list[_Fact]]:
    """What each report counts, from the rows alone."""
    talks, messages = await company.rows("conversation"), await company.rows("message")
    within: dict[Any, Rows] = defaultdict(list)
    for message in sorted(messages, key=lambda one: one["seq"]):
        within[message["conversation_id"]].append(message)
    held = [_Fact(one["channel_id"], _seconds(one["opened_at"], one["resolved_at"]), _written(within[one["id"]]))
            for one in talks]  # fmt: skip
    by_talk = {one["id"]: fact for one, fact in zip(talks, held, strict=True)}
    return {
        "days": [_Fact(one["created_at"].date(), bytes=_written([one])) for one in messages],
        "conversations": held,
        "messages": [_Fact(one["author_kind"], bytes=_written([one])) for one in messages],
        "responses": [fact for one in talks for fact in _first_answer(one["channel_id"], within[one["id"]])],
        "handoffs": [_Fact(one["reason"], _seconds(one["requested_at"], one["accepted_at"]), cost=one["cost"])
                     for one in await company.rows("handoff")],
        "labels": [by_talk[one["conversation_id"]] for one in await company.rows("conversation_label")],
        "models": [_Fact((one["provider"], one["model"], one["task"]), one["duration"], cost=one["cost"])
                   for one in await company.rows("usage")],
        "satisfaction": [_Fact(one["value"]) for one in await company.rows("feedback")],
        "ratings": [_Fact(one["score"]) for one in await company.rows("rating")],
    }  # fmt: skip


def _seconds(start: Any, end: Any) -> float | None:
    return None if end is None else float((end - start).total_seconds())


def _written(messages: Rows) -> int:
    return sum(len(one["parts"].encode()) for one in messages)


def _first_answer(channel: Any, messages: Rows) -> Iterable[_Fact]:
    asked = next((one for one in messages if one["author_kind"] == "contact"), None)
    for one in messages:
        if asked and one["seq"] > asked["seq"] and one["author_kind"] in ("bot", "agent") and one["direction"] == "out":
            yield _Fact(channel, _seconds(asked["created_at"], one["created_at"]), _written([one]))
            return


async def _lines(page: Page, facts: list[_Fact]) -> list[list[str]]:
    """The cells of each label's line, and those of the total at the end."""
    groups: dict[Any, list[_Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.label].append(fact)
    return [await _line(page, group) for group in groups.values()] + [await _line(page, facts)]


async def _line(page: Page, facts: list[_Fact]) -> list[str]:
    seconds = [float(one.seconds) for one in facts if one.seconds is not None]
    weights = [one.bytes for one in facts if one.bytes is not None]
    costs = [one.cost for one in facts if one.cost is not None]
    measures: list[Callable[[list[float]], float]] = [min, median, max]
    return [
        *await said(page, "number", len(facts)),
        *await said(page, "size", sum(weights) if weights else None),
        *await said(page, "time", *(measure(seconds) if seconds else None for measure in measures)),
        *await said(page, "money", sum(costs) if costs else None),
    ]


async def _used(page: Page, rows: Rows, key: Callable[[dict[str, Any]], Any]) -> list[list[str]]:
    groups: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [await _sums(page, group) for group in [*groups.values(), rows]]


async def _calls(page: Page, company: Company) -> list[list[str]]:
    """How often programs called, on the page of the usage that is open: its lines, the total at the end."""
    hours = await company.rows("call_use")
    sums = [sum(one[kind] for one in hours) for kind in ("calls", "beyond", "refused")]
    assert sums[1:] == [2, 1]
    told: list[list[str]] = await page.evaluate(_CELLS, "main details table")
    assert told[-1][1:] == await said(page, "number", *sums[1:])
    return told


async def _sums(page: Page, rows: Rows) -> list[str]:
    sums = [sum(one[f"{kind}_tokens"] for one in rows) for kind in ("input", "cached", "output")]
    costs = [one["cost"] for one in rows if one["cost"] is not None]
    unpriced = sum(one["cost"] is None and one["input_tokens"] + one["output_tokens"] > 0 for one in rows)
    (cost,) = await said(page, "money", sum(costs) if costs else None)
    counts = await said(page, "number", len(rows), sum(not one["ok"] for one in rows), *sums)
    return [*counts, cost + (f"{unpriced} without a price" if unpriced else "")]
