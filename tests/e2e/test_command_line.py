"""The commands that people and scripts use beside a running hub: what they print, and how they end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from support.demo_hub import DemoHub, Ended
from support.pdf_maker import make_locked_pdf, make_pdf

pytestmark = pytest.mark.timeout(900)

HANDBOOK = make_pdf(
    [
        "Our lamps are made of brass and glass.",
        *(f"Lamp number {n} is {n} inches tall and gives a warm light." for n in range(30)),
    ],
    [
        "You have forty-two days to send a lamp back.",
        *(f"We pay for parcel number {n} from abroad." for n in range(30)),
    ],
)
QUESTION = "How many days do I have to send a lamp back?"


@pytest.fixture(scope="module")
async def shop(demo: DemoHub) -> str:
    """A tenant with nothing in it."""
    made = await demo.run("tenant", "create", "lamp-shop", "--name", "Lamp shop", "--json")
    assert made.code == 0, made.err
    assert made.json()["slug"] == "lamp-shop"
    return "lamp-shop"


@pytest.fixture(scope="module")
async def handbook(demo: DemoHub, shop: str) -> tuple[str, str]:
    """The shop with its handbook, and what the terminal drew while it was taken in."""
    path = demo.data.parent / "handbook.pdf"
    path.write_bytes(HANDBOOK)
    code, drawn = await demo.run_in_terminal("ingest", str(path), "--tenant", shop)
    assert code == 0, drawn
    return shop, drawn


def refused(ended: Ended, *words: str) -> None:
    """The command failed, and said so in words."""
    assert ended.code == 1, ended
    assert ended.err.startswith("hub: ")
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err, ended.err


def test_a_progress_bar_shows_while_a_pdf_is_taken_in(handbook: tuple[str, str]) -> None:
    _, drawn = handbook
    assert "handbook.pdf" in drawn
    assert "━" in drawn
    assert re.search(r"0/1.*1/1", drawn, re.DOTALL), "the bar did not move"
    assert "1 of 1 documents are ready." in drawn
    assert "hub ask" in drawn


async def test_an_answer_names_the_document_and_its_page(demo: DemoHub, handbook: tuple[str, str]) -> None:
    shop, _ = handbook
    told = await demo.run("ask", QUESTION, "--tenant", shop)
    assert told.code == 0, told.err
    assert "forty-two days" in told.out
    assert re.search(r"\[1\] .*(handbook|Returns)", told.out, re.IGNORECASE), told.out
    assert "page 2" in told.out
    data = (await demo.run("ask", QUESTION, "--tenant", shop, "--json")).json()
    assert "forty-two days" in data["answer"]
    assert data["citations"][0]["page"] == 2
    assert "forty-two days" in data["citations"][0]["quote"]


async def test_search_prints_passages_with_their_scores(demo: DemoHub, handbook: tuple[str, str]) -> None:
    shop, _ = handbook
    data = (await demo.run("search", "send back", "--tenant", shop, "--json")).json()
    first = data["items"][0]
    assert "forty-two days" in first["text"]
    assert first["page"] == 2
    assert set(first["scores"]) == {"keyword", "vector"}
    assert data["timings"]
    told = await demo.run("search", "send back", "--tenant", shop)
    assert told.code == 0
    assert told.out.startswith("[1] ")


async def test_the_same_file_again_changes_nothing(demo: DemoHub, handbook: tuple[str, str]) -> None:
    shop, _ = handbook
    path = str(demo.data.parent / "handbook.pdf")
    first, again = [(await demo.run("ingest", path, "--tenant", shop, "--json")).json() for _ in range(2)]
    assert first == again
    listed = await demo.call("GET", f"/tenants/{shop}/documents")
    assert len(listed["items"]) == 1


async def test_what_cannot_be_read_is_told_and_the_rest_goes_on(demo: DemoHub, tmp_path: Path) -> None:
    assert (await demo.run("tenant", "create", "mixed")).code == 0
    (tmp_path / "good.pdf").write_bytes(HANDBOOK)
    (tmp_path / "locked.pdf").write_bytes(make_locked_pdf())
    (tmp_path / "broken.pdf").write_bytes(HANDBOOK[:60] + b"\0" * 200)
    ended = await demo.run("ingest", str(tmp_path), "--tenant", "mixed")
    refused(ended, "locked.pdf: The PDF is protected by a password.", "broken.pdf: The PDF is damaged")
    assert "1 of 3 documents are ready." in ended.out
    data = (await demo.run("ingest", str(tmp_path), "--tenant", "mixed", "--json")).json()
    assert {r["name"]: r["status"] for r in data} == {
        "good.pdf": "ready",
        "locked.pdf": "failed",
        "broken.pdf": "failed",
    }


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("ask", "Hello?", "--tenant", "nobody"), ("There is no tenant 'nobody'.", "hub tenant create nobody")),
        (("search", "x", "--tenant", "nobody"), ("There is no tenant 'nobody'.",)),
        (("ingest", "/nowhere/a.pdf", "--tenant", "demo"), ("There is no file or folder /nowhere/a.pdf",)),
        (("tenant", "create", "demo"), ("Another tenant has this slug.",)),
        (("channel", "parse", "pigeon"), ("pigeon",)),
        (("channel", "parse", "telegram", "/nowhere.json"), ("/nowhere.json cannot be read",)),
        (("channel", "check", "01a1fd1a-5d93-7fa7-8295-c6786431d4bf", "--tenant", "demo"), ("no such channel",)),
    ],
)
async def test_errors_are_words(demo: DemoHub, command: tuple[str, ...], words: tuple[str, ...]) -> None:
    ended = await demo.run(*command)
    refused(ended, *words)
    assert ended.out == ""


async def test_a_webhook_body_is_shown_as_its_events(demo: DemoHub) -> None:
    sender = {"id": 42, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": 7, "date": 1_760_000_000, "chat": {"id": 42, "type": "private"}, "from": sender}
    update: dict[str, Any] = {"update_id": 1, "message": {**message, "text": "Hello"}}
    ended = await demo.run("channel", "parse", "telegram", "--json", given=json.dumps(update).encode())
    (event,) = ended.json()["events"]
    assert ended.code == 0
    assert (event["type"], event["sender"]["name"]) == ("message", "Anna")
    assert event["parts"] == [{"type": "text", "text": "Hello"}]
    nonsense = await demo.run("channel", "parse", "telegram", "--json", given=b"\xff{")
    assert [e["type"] for e in nonsense.json()["events"]] == ["unknown"]


async def test_the_doctor_looks_at_everything_a_running_hub_needs(demo: DemoHub) -> None:
    ended = await demo.run("doctor", "--json")
    found = {f["name"]: f for f in ended.json()}
    assert ended.code == 0, found
    assert found["database"]["ok"] is True
    assert found["redis"]["ok"] is None
    channel = found["channel demo/Simulated Telegram"]
    assert channel["ok"] is True
    assert "delivers messages" in channel["text"]


async def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(demo: DemoHub, tmp_path: Path) -> None:
    bad = await demo.run("doctor", data=tmp_path / "none", HUB_PORT="eighty")
    assert bad.code == 1
    assert "FAIL configuration: HUB_PORT" in bad.out
    away = await demo.run("doctor", data=tmp_path / "none", HUB_DATABASE_URL="postgresql://a:b@127.0.0.1:9/c")
    assert away.code == 1
    assert "FAIL database" in away.out
    assert "Traceback" not in away.out + away.err
