"""What a turn says: streamed, failing, cut short, handing over, giving up, and never thought twice."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.core.ids import AccountKey, ChannelId, ChannelKind, PlatformId, TenantId, ThreadKey, uuid7
from hub.core.messages import Alias, Event, EventType, Media, Sender, Text
from hub.knowledge.library import Entry
from hub.simulator.faults import Fault, Kind
from orchestrator.phrases import PHRASES
from orchestrator.reply import say
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

RETURNS = b"""# Returns

Articles may be sent back within
thirty days of delivery. The parcel label is free of charge.

# Shipping

Shipping to Austria costs four euros. Parcels arrive within three days.
"""
QUESTION = "Within how many days may articles be sent back?"
EN = PHRASES["en"]


async def knowing(hub: Site, **bot: Any) -> str:
    """A tenant that knows the shop's rules."""
    assert hub.house is not None
    tenant = await hub.tenant(use_knowledge=True, **bot)
    await hub.house.library.add(TenantId(UUID(tenant)), RETURNS, "returns.md", Entry(external_id="returns"))
    ready = "select 1 from hub.document where status = 'ready'"
    await eventually(lambda: hub.rows(ready), what="the indexed document")
    return tenant


async def test_an_answer_grows_in_order_under_one_id_and_ends_as_the_message(
    database: Database, tmp_path: Path
) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded") as hub:
        site = await hub.website(await knowing(hub))
        async with hub.visit(site) as visit:
            await visit.say(QUESTION, "client-0001")
            reply = await visit.reply()
            deltas = visit.got("message.delta")
            assert [d["n"] for d in deltas] == list(range(len(deltas)))
            assert len(deltas) >= 2, "sentence by sentence"
            assert {(d["message_id"], d["floor_epoch"]) for d in deltas} == {(reply["id"], deltas[0]["floor_epoch"])}
            assert "".join(d["text"] for d in deltas).strip() == reply["parts"][0]["text"]
            assert reply["parts"][0]["text"].startswith("Articles may be sent back within thirty days of delivery. [1]")
            assert reply["citations"][0]["quote"] == "Articles may be sent back within thirty days of delivery."


async def test_a_model_that_fails_gives_cited_extracts(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded") as hub:
        await hub.telegram(await knowing(hub))
        hub.simulator.faults.add(Fault(Kind.SERVER_ERROR, upstream="model"))
        ada = hub.person("Ada")
        ada.say(QUESTION)
        await ada.reply()
        (text,) = hub.replies(ada)
        assert text.startswith(EN["model_down"])
        assert "Articles may be sent back within thirty days of delivery." in text
        assert "Returns" in text.split(EN["sources"])[-1]


async def test_an_answer_cut_off_ends_whole_and_says_so(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        await hub.telegram(await hub.tenant())
        hub.simulator.faults.add(Fault(Kind.CUT, upstream="model"))
        ada = hub.person("Ada")
        ada.say("This is one whole sentence of some length. " * 12)
        await ada.reply()
        (text,) = hub.replies(ada)
        assert text.endswith(EN["cut_short"])
        shown = text.removesuffix(EN["cut_short"]).strip()
        assert shown
        assert shown.endswith(".")


async def test_a_model_that_calls_for_a_person_hands_over(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-tools") as hub:
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        ada = hub.person("Ada")
        ada.say("My parcel arrived broken and I am very upset")
        await ada.reply()
        assert hub.replies(ada) == [EN["handing_over"]]
        (conversation,) = await hub.conversations(tenant)
        assert conversation["state"] == "waiting"
        kinds = [row["type"] for row in await hub.rows("select type from hub.event")]
        assert kinds.count("handoff.requested") == 1


async def test_three_questions_without_an_answer_hand_over(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_provider=None, llm_model=None) as hub:
        tenant = await knowing(hub)
        await hub.telegram(tenant)
        ada = hub.person("Ada")

        def more_than(count: int) -> bool:
            return len(hub.replies(ada)) > count

        for question in ("Who built the pyramids?", "How tall is Everest?", "What do penguins eat?"):
            before = len(hub.replies(ada))
            ada.say(question)
            await eventually(partial(more_than, before), what="a reply")
        assert hub.replies(ada) == [EN["no_answer"], EN["no_answer"], EN["missed_too_often"]]
        (conversation,) = await hub.conversations(tenant)
        assert conversation["state"] == "waiting"


def event(kind: EventType, *parts: Any) -> Event:
    return Event(
        type=kind,
        channel=ChannelKind("telegram"),
        account=AccountKey("123456"),
        platform_id=PlatformId(f"e{uuid7()}"),
        at=datetime.now(UTC),
        sender=Sender(ids=(Alias("telegram.user", "77"),), name="Ada", locale="de"),
        thread=ThreadKey("77"),
        parts=parts,
    )


@pytest.mark.parametrize(
    "part",
    [Media(kind="image", url="https://pictures.example/1.png"), Text("\ufeff"), Text(" \u200b\n")],
    ids=["a picture", "a byte order mark", "zero width"],
)
async def test_what_holds_no_words_is_asked_about_in_the_persons_language(
    database: Database, tmp_path: Path, part: Any
) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        assert hub.house is not None
        tenant = await hub.tenant()
        channel = await hub.telegram(tenant)
        ada = hub.simulator.telegram.user("Ada", bot=hub.simulator.telegram.bot(), number=77)
        await hub.house.accept(TenantId(UUID(tenant)), ChannelId(UUID(channel)), [event(EventType.MESSAGE, part)])
        await eventually(lambda: hub.replies(ada), what="a reply")
        assert hub.replies(ada) == [PHRASES["de"]["cannot_read"]]
        assert hub.asked() == 0


async def test_a_thought_outlives_a_crash_before_it_is_said(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes: list[Any] = []

    async def crash_once(*args: Any, **more: Any) -> Any:
        if not crashes:
            crashes.append(args)
            raise RuntimeError("the process died here")
        return await say(*args, **more)

    monkeypatch.setattr("orchestrator.turn.say", crash_once)
    async with hub_in_process(database, tmp_path) as hub:
        await hub.telegram(await hub.tenant())
        ada = hub.person("Ada")
        ada.say("Where is my parcel?")
        await ada.reply()
        assert hub.replies(ada) == ["Where is my parcel?"]
        assert crashes
        assert hub.asked() == 1, "the model was paid once"


async def test_a_tap_without_a_title_reads_as_the_option_that_was_offered(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_provider=None, llm_model=None) as hub:
        tenant = await knowing(hub)
        channel = await hub.telegram(tenant)
        ada = hub.person("Ada")
        ada.say("Who built the pyramids?")
        await ada.reply()
        (sent,) = hub.simulator.record.messages(ada.chat.id)
        ours = """select platform_id from hub.platform_message p
                    join hub.message m on m.id = p.message_id where m.direction = 'out'"""
        (stored,) = await eventually(lambda: hub.rows(ours), what="Telegram's id of our message")
        number = int(str(stored["platform_id"]).rsplit(":", 1)[-1])
        chat = {"id": ada.chat.id, "type": "private"}
        tap = {
            "update_id": 9_001,
            "callback_query": {
                "id": "1",
                "chat_instance": "1",
                "from": {"id": ada.chat.id, "is_bot": False, "first_name": "Ada"},
                "message": {"message_id": number, "date": 1_790_000_000, "chat": chat, "text": "x"},
                "data": "person",
            },
        }
        assert sent.params["reply_markup"]
        await hub.post_update(channel, tap)
        await eventually(lambda: EN["handing_over"] in hub.replies(ada), what="the handing over")
        (conversation,) = await hub.conversations(tenant)
        heard = [m for m in await hub.messages(tenant, conversation["id"]) if m["direction"] == "in"]
        assert heard[-1]["parts"] == [{"type": "choice", "id": "person", "title": EN["person_option"]}]
