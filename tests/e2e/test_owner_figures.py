"""Figures as the owner's pages show them, recomputed from the rows; two versions of the bot's words side by side."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from support.company_rows import Company, Rows, company_that_knows, percent
from support.owner_pages import SLOW, OwnerPages
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_desk"),
]
TERMS = ("Zebra terms", "A zebra is rented for at most nine days.")
KNOWN = "For how many days is a zebra rented?"
UNKNOWN = "Is there a voucher for students?"


def _said(messages: Rows) -> list[dict[str, Any]]:
    """What the bot answered: a message's metadata with its conversation and support."""
    own = [one | json.loads(one["metadata"]) for one in messages if one["author_kind"] == "bot"]
    return [one for one in own if "thought" in one]


async def test_every_page_shows_what_the_rows_say(owner: OwnerPages) -> None:
    await owner.calm()
    company = await company_that_knows(owner, "Figures", *TERMS)
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


async def _overview(owner: OwnerPages, page: Page, company: Company) -> None:
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
        "support": percent(sum(supports) / len(supports)),
    }
    for figure, value in shown.items():
        await expect(page.locator(f"[data-figure={figure}] strong")).to_have_text(value)
    both = Counter(one["direction"] for one in messages if one["author_kind"] != "system")
    await expect(page.locator("[data-figure=opened]")).to_contain_text(f"{both['in']} messages in, {both['out']} out")


async def _reports(owner: OwnerPages, page: Page, company: Company) -> None:
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


async def _usage(owner: OwnerPages, page: Page, company: Company) -> None:
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


async def _gaps_and_ledger(owner: OwnerPages, page: Page, company: Company) -> None:
    # Without money for a model the bot passes on to people what its documents do not answer.
    await company.call("POST", "/budgets", {"scope": "tenant", "period": "day", "unit": "tokens", "amount": "1"})
    for _ in range(2):
        await company.ask(UNKNOWN)
    await company.lives(
        "update hub.handoff set accepted_at = requested_at, ended_at = requested_at + interval '90 seconds'"
        " where tenant_id = $1"
    )
    await owner.open(page, "gaps", "Unanswered questions", company.slug)
    # With a note, a customer asked for a person.
    missed = [
        one
        for one in _said(await company.rows("message"))
        if one["thought"] in ("no_answer", "handoff") and "note" not in one
    ]
    # Twice the model said that it does not know, and twice there was no money for one.
    assert [one["why"]["question"] for one in missed] == [UNKNOWN] * 4
    passed_on = sum(one["thought"] == "handoff" for one in missed)
    assert passed_on == 2
    talks = {one["id"]: one for one in await company.rows("conversation")}
    people = len({talks[one["conversation_id"]]["contact_id"] for one in missed})
    had = {one["conversation_id"] for one in await company.rows("handoff")} & {one["conversation_id"] for one in missed}
    asked = f"asked 4 times · by {people} customer{'s' if people > 1 else ''}"
    words = f"{asked} · {passed_on} passed on · {len(missed) - passed_on} found no answer"
    minutes = len(had) * 90 // 60
    card = page.get_by_role("article").filter(has_text=UNKNOWN)
    await expect(card).to_have_attribute("data-count", "4")
    await expect(card).to_contain_text(f"{words} · colleagues spent {minutes} min")
    await owner.open(page, "ledger", "Message ledger", company.slug)
    became = Counter(one["outcome"] or "open" for one in await company.rows("inbox"))
    assert sum(became.values()) == 6
    for outcome in ("open", "answered", "handed_over", "waiting", "ignored", "dead"):
        await expect(page.locator(f"[data-outcome={outcome}] strong")).to_have_text(f"{became[outcome]}")


async def _evaluation(owner: OwnerPages, page: Page, company: Company) -> None:
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
    await expect(run).to_contain_text(f"right {percent(right)}")


async def test_two_versions_are_tried_side_by_side(owner: OwnerPages) -> None:
    company = await company_that_knows(owner, "Contest", *TERMS)
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
    await _keeps_its_model(page, card, await company.call("GET", "/prompts/contest"))
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


async def _keeps_its_model(page: Page, card: Any, contest: dict[str, Any]) -> None:
    """A model that is tried is still tried after its share is changed."""
    asked: list[Any] = []

    async def tried(route: Route) -> None:
        if route.request.method == "PUT":
            asked.append(route.request.post_data_json)
        await route.fulfill(json=contest | {"model": "some/other"})

    await page.route("**/prompts/contest", tried)
    await page.reload()
    await card.get_by_role("button", name="Change the share").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Of a hundred conversations it answers").fill("30")
    await dialog.get_by_role("button", name="Change the share").click()
    await expect(dialog).to_have_count(0)
    assert asked == [{"prompt_id": contest["prompt_id"], "model": "some/other", "share": 30}]
    await page.unroute("**/prompts/contest", tried)
    await page.reload()


async def test_another_model_is_tried_from_the_page_of_models(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Models")
    task = {"task": "answer", "purpose": "", "model": "some/first", "options": ["some/first", "some/other"]}
    asked: list[Any] = []

    async def offered(route: Route) -> None:
        await route.fulfill(json={"plan": "paid", "tasks": [{**task, "chosen": False}]})

    async def tried(route: Route) -> None:
        if route.request.method == "PUT":
            asked.append(route.request.post_data_json)
        running = {"prompt_id": None, "version": None, "model": "some/other", "share": 10 if asked else None}
        await route.fulfill(json=running | {"since": None, "in_use": None, "arms": []})

    await page.route("**/models", offered)
    await page.route("**/prompts/contest", tried)
    await owner.open(page, "bot?tab=models", "The bot", company)
    await page.get_by_role("button", name="Try another on some conversations").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox", name="Model")).to_have_value("some/other")
    await dialog.get_by_label("Of a hundred conversations it answers").fill("10")
    await dialog.get_by_role("button", name="Begin").click()
    await page.wait_for_url("**/bot?tab=versions")
    assert asked == [{"prompt_id": None, "model": "some/other", "share": 10}]
    card = page.get_by_role("region", name="Tried side by side")
    await expect(card).to_contain_text("The model some/other answers 10 of a hundred conversations.")


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
            words = f"{value}" if figure in ("conversations", "messages") else f"{value} · {percent(value / len(said))}"
            shown = card.locator(f"[data-figure={figure}] [data-arm='{version}']")
            await expect(shown).to_have_text(words, timeout=SLOW)
        supports = [one["support"] for one in said if one["support"] is not None]
        mean = percent(sum(supports) / len(supports)) if supports else "–"
        await expect(card.locator(f"[data-figure=support] [data-arm='{version}']")).to_have_text(mean)
