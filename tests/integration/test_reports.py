"""Reports: every figure recomputed from the rows by other means, and the files opened as their readers open them."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest

from hub.metering.reports import REPORTS
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

FORMULA = '=HYPERLINK("http://evil.example";"refund")'


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def _busy_day(hub: Site) -> tuple[str, str]:
    """Two tenants with conversations: answered, handed over, taken, resolved, labelled, thumbed."""
    tenant, other = await hub.tenant(), await hub.tenant("other")
    for owner in (tenant, other):
        await hub.website(owner)
    made = []
    for text in ("Hello", "How are you?", "I want to talk to a person", "What do you sell?"):
        answer = await hub.ok("POST", f"/api/v1/tenants/{tenant}/chat", json={"message": text})
        made.append(answer["conversation_id"])
    await hub.ok("POST", f"/api/v1/tenants/{other}/chat", json={"message": "Hello from elsewhere"})
    label = f"/api/v1/tenants/{tenant}/labels"
    name = (await hub.ok("POST", label, json={"name": FORMULA, "color": "#0b7a75"}))["id"]
    await hub.act(tenant, made[0], "labels", add=[name])
    await hub.act(tenant, made[2], "takeover")
    said = {"parts": [{"type": "text", "text": "A person here."}]}
    await hub.ok("POST", f"/api/v1/tenants/{tenant}/conversations/{made[2]}/messages", json=said)
    for one in made[1:3]:
        await hub.act(tenant, one, "resolve")
    for one, score in zip(made, (5, 2, 5), strict=False):
        await hub.rows(
            "insert into hub.rating(tenant_id, conversation_id, score) values ($1, $2, $3)",
            UUID(tenant), UUID(one), score,
        )  # fmt: skip
    await eventually(lambda: _counted(hub, tenant), what="the model's calls in the ledger")
    return tenant, other


async def _counted(hub: Site, tenant: str) -> bool:
    return len(await hub.rows("select 1 from hub.usage where tenant_id = $1", tenant)) >= 2


async def _table(hub: Site, table: str, tenant: str) -> list[dict[str, Any]]:
    rows = await hub.rows(f"select * from hub.{table} t where tenant_id = $1", tenant)
    return [dict(row) for row in rows]


async def _facts(hub: Site, tenant: str) -> dict[str, list[tuple[str, int | None, float | None]]]:
    """By report, one (label, bytes, seconds) for everything it should count, read row by row."""
    channels = {row["id"]: row["name"] for row in await _table(hub, "channel", tenant)}
    conversations = await _table(hub, "conversation", tenant)
    messages = sorted(await _table(hub, "message", tenant), key=lambda row: row["seq"])
    labels = {row["id"]: row["name"] for row in await _table(hub, "label", tenant)}
    by_id = {row["id"]: row for row in conversations}

    def weight(conversation: Any) -> int:
        return sum(len(m["parts"].encode()) for m in messages if m["conversation_id"] == conversation)

    def lasted(row: dict[str, Any]) -> float | None:
        return (row["resolved_at"] - row["opened_at"]).total_seconds() if row["resolved_at"] else None

    responses = []
    for row in conversations:
        own = [m for m in messages if m["conversation_id"] == row["id"]]
        asked = next((m for m in own if m["author_kind"] == "contact"), None)
        later = [m for m in own if asked and m["seq"] > asked["seq"] and m["author_kind"] in ("bot", "agent")]
        answer = next((m for m in later if m["direction"] == "out"), None)
        if asked and answer:
            took = (answer["created_at"] - asked["created_at"]).total_seconds()
            responses.append((channels[row["channel_id"]], len(answer["parts"].encode()), took))
    return {
        "conversations": [(channels[row["channel_id"]], weight(row["id"]), lasted(row)) for row in conversations],
        "messages": [(m["author_kind"], len(m["parts"].encode()), None) for m in messages],
        "days": [(str(m["created_at"].astimezone(UTC).date()), len(m["parts"].encode()), None) for m in messages],
        "responses": responses,
        "handoffs": [
            (h["reason"], None, (h["accepted_at"] - h["requested_at"]).total_seconds() if h["accepted_at"] else None)
            for h in await _table(hub, "handoff", tenant)
        ],
        "labels": [
            (labels[one["label_id"]], weight(one["conversation_id"]), lasted(by_id[one["conversation_id"]]))
            for one in await _table(hub, "conversation_label", tenant)
        ],
        "models": [
            (f"{u['provider']} · {u['model']} · {u['task']}", None, u["duration"])
            for u in await _table(hub, "usage", tenant)
        ],
        "satisfaction": [(f["value"], None, None) for f in await _table(hub, "feedback", tenant)],
        "ratings": [(str(r["score"]), None, None) for r in await _table(hub, "rating", tenant)],
    }


def _check(line: dict[str, Any], facts: Iterable[tuple[str, int | None, float | None]]) -> None:
    facts = list(facts)
    weights = [weight for _, weight, _ in facts if weight is not None]
    seconds = [took for _, _, took in facts if took is not None]
    assert line["count"] == len(facts)
    assert line["bytes"] == (sum(weights) if weights else None)
    figures = [line["minimum_seconds"], line["median_seconds"], line["maximum_seconds"]]
    wanted = [min(seconds), statistics.median(seconds), max(seconds)] if seconds else [None] * 3
    assert figures == [None if value is None else pytest.approx(value, abs=2e-6, rel=1e-5) for value in wanted]


async def test_every_figure_is_what_the_rows_say(hub: Site) -> None:
    tenant, other = await _busy_day(hub)
    base = f"/api/v1/tenants/{tenant}/reports"
    facts = await _facts(hub, tenant)
    assert sorted(facts) == sorted(REPORTS)
    for name in REPORTS:
        report = await hub.ok("GET", f"{base}/{name}")
        _check(report["total"], facts[name])
        assert sorted(line["label"] for line in report["lines"]) == sorted({label for label, _, _ in facts[name]})
        for line in report["lines"]:
            _check(line, [fact for fact in facts[name] if fact[0] == line["label"]])
    assert len(facts["conversations"]) == 4
    assert facts["handoffs"], "a person was asked for"
    assert facts["models"], "the model was called"

    shown = await hub.ok("GET", f"{base}/overview")
    rows = {name: await _table(hub, name, tenant) for name in ("conversation", "message", "handoff", "usage")}
    with_people = {h["conversation_id"] for h in rows["handoff"]}
    with_people |= {m["conversation_id"] for m in rows["message"] if m["author_kind"] == "agent"}
    ended = [row for row in rows["conversation"] if row["resolved_at"]]
    assert shown["opened"] == len(rows["conversation"])
    assert shown["resolved"] == len(ended) == 2
    assert shown["resolved_by_bot"] == sum(row["id"] not in with_people for row in ended) == 1
    assert shown["resolved_by_people"] == 1
    assert shown["handoffs"] == len(rows["handoff"]) == sum(one["count"] for one in shown["reasons"])
    assert shown["messages_in"] == sum(m["direction"] == "in" for m in rows["message"])
    spoken = [m for m in rows["message"] if m["direction"] == "out" and m["author_kind"] in ("bot", "agent")]
    assert shown["messages_out"] == len(spoken)
    assert shown["open"] == len(rows["conversation"]) - len(ended)
    assert shown["waiting"] == sum(row["state"] == "waiting" for row in rows["conversation"])
    took = [seconds for _, _, seconds in facts["responses"] if seconds is not None]
    assert shown["first_response_seconds"] == pytest.approx(statistics.median(took))
    scores = [row["score"] for row in await _table(hub, "rating", tenant)]
    assert (shown["ratings"], shown["rating"]) == (3, pytest.approx(statistics.mean(scores)))
    costs = [u["cost"] for u in rows["usage"] if u["cost"] is not None]
    assert (None if shown["cost"] is None else float(shown["cost"])) == (float(sum(costs)) if costs else None)

    before = (datetime.now(UTC) - timedelta(days=2)).isoformat().replace("+", "%2B")
    until = (datetime.now(UTC) - timedelta(days=1)).isoformat().replace("+", "%2B")
    empty = await hub.ok("GET", f"{base}/messages?from={before}&to={until}")
    assert (empty["lines"], empty["total"]["count"]) == ([], 0)
    elsewhere = await hub.ok("GET", f"/api/v1/tenants/{other}/reports/conversations")
    assert elsewhere["total"]["count"] == 1


async def _rows_and_report(hub: Site, tenant: str, by: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Both of the same moment: what a model does on the side is written down whenever it is done."""
    while True:
        rows = await _table(hub, "usage", tenant)
        report = await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage", params={"by": by})
        if rows == await _table(hub, "usage", tenant):
            return rows, report


async def test_what_models_used_is_what_the_rows_say_however_it_is_cut(hub: Site) -> None:
    tenant, _ = await _busy_day(hub)
    cuts: dict[str, Callable[[dict[str, Any]], str | None]] = {
        "provider": lambda row: row["provider"],
        "model": lambda row: f"{row['provider']}/{row['model']}",
        "task": lambda row: row["task"],
        "channel": lambda row: row["channel_id"] and str(row["channel_id"]),
        "conversation": lambda row: row["conversation_id"] and str(row["conversation_id"]),
        "day": lambda row: str(row["at"].astimezone(UTC).date()),
    }
    for by, key in cuts.items():
        rows, report = await _rows_and_report(hub, tenant, by)
        groups = {line["key"]: line for line in report["items"]}
        assert groups.keys() == {key(row) for row in rows}
        for name, line in [*groups.items(), (..., report["total"])]:
            of = [row for row in rows if name is ... or key(row) == name]
            sums = [sum(row[n] for row in of) for n in ("input_tokens", "cached_tokens", "output_tokens")]
            assert (line["calls"], line["failed"]) == (len(of), sum(not row["ok"] for row in of))
            assert [line["input_tokens"], line["cached_tokens"], line["output_tokens"]] == sums
            costs = [row["cost"] for row in of if row["cost"] is not None]
            assert (None if line["cost"] is None else Decimal(line["cost"]["amount"])) == (
                sum(costs) if costs else None
            )


async def test_files_hold_the_same_and_no_cell_starts_a_formula(hub: Site) -> None:
    tenant, _ = await _busy_day(hub)
    base = f"/api/v1/tenants/{tenant}/reports"
    for name in REPORTS:
        report = await hub.ok("GET", f"{base}/{name}")
        raw = await hub.ok("GET", f"{base}/{name}/csv")
        rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
        assert [int(row["count"]) for row in rows] == [line["count"] for line in [*report["lines"], report["total"]]]
        assert rows[-1]["label"] == "total"
        assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        picture = ElementTree.fromstring((await hub.ok("GET", f"{base}/{name}/svg")).decode())  # our own
        bars = picture.findall("{http://www.w3.org/2000/svg}rect")
        assert len(bars) == len(report["lines"]) + 1, "a bar a label, on one ground"
    labels = (await hub.ok("GET", f"{base}/labels/csv")).decode()
    assert f"'{FORMULA}" in labels.replace('""', '"')


@pytest.mark.parametrize("start", list("=+-@\t\r"))
def test_whatever_a_label_begins_with_stays_a_label(start: str) -> None:
    from hub.metering.reports import _harmless

    assert _harmless(f"{start}1+1") == f"'{start}1+1"
    assert _harmless(f"a{start}") == f"a{start}"


async def test_what_cannot_be_reported_is_refused_in_words(hub: Site) -> None:
    tenant = await hub.tenant()
    base = f"/api/v1/tenants/{tenant}/reports"
    status, body = await hub.call("GET", f"{base}/horoscope")
    assert (status, body["code"]) == (404, "not_found")
    status, body = await hub.call("GET", f"{base}/days?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z")
    assert (status, body["field"]) == (422, "to")
    status, body = await hub.call("GET", f"{base}/days?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")
    assert (status, body["field"]) == (422, "from")
