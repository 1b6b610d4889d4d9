"""A visitor's second thoughts over the real sockets: stop, once more, said differently, and a button pressed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.core.ids import ConversationId, MessageId, TenantId, TurnId, uuid7
from hub.core.messages import AuthorKind, MessageStatus, Text
from hub.store.messages import NewMessage
from support.database import Database
from support.running_hub import Site, Visit, eventually, hub_in_process


async def act(visit: Visit, event: str, **data: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await visit.client.call(event, data, namespace="/visitor", timeout=60)
    return answer


def answers(visit: Visit) -> list[dict[str, Any]]:
    """What was answered and still stands, each once."""
    told = {m["id"]: m for m in visit.got("message")}
    return [m for m in told.values() if m["direction"] == "out" and not m["superseded"]]


async def whole_thread(visit: Visit) -> list[tuple[str, str, bool]]:
    resumed = await act(visit, "resume")
    return [(m["author"]["kind"], m["parts"][0].get("text", ""), m["superseded"]) for m in resumed["messages"]]


async def open_bot(hub: Site) -> str:
    return await hub.website(await hub.tenant())


async def test_a_stopped_answer_keeps_what_was_shown_and_the_next_question_is_answered(
    database: Database, tmp_path: Path
) -> None:
    async with (
        hub_in_process(database, tmp_path, tokens_per_second=10.0) as hub,
        hub.visit(await open_bot(hub)) as visit,
    ):
        assert await act(visit, "stop") == {
            "error": {"code": "not_found", "message": "There is no conversation yet. Send a message first."}
        }
        words = " ".join(f"Sentence number {n} of many." for n in range(1, 12))
        await visit.say(words, "client-0001")
        await visit.until("message.delta", count=2)
        assert await act(visit, "stop") == {"ok": True, "stopped": True}
        (stopped,) = await eventually(lambda: answers(visit), what="the stopped answer")
        seen = len(visit.got("message.delta"))
        shown = "".join(d["text"] for d in visit.got("message.delta")).strip()
        assert stopped["stopped"] and stopped["parts"][0]["text"] == shown and len(shown) < len(words)
        assert await act(visit, "stop") == {"ok": True, "stopped": False}
        await visit.say("Short one.", "client-0002")
        last = await eventually(lambda: [m for m in answers(visit) if not m["stopped"]], what="the next answer")
        assert "Short one" in last[0]["parts"][0]["text"]
        late = [d for d in visit.got("message.delta")[seen:] if d["message_id"] == stopped["id"]]
        assert late == [] and visit.got("message.withdrawn") == []
        (outcome,) = await hub.rows("select outcome, reason from hub.inbox order by received_at, id limit 1")
        assert tuple(outcome) == ("ignored", "stopped")


async def test_an_answer_is_had_again_and_a_question_said_differently(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        site = await open_bot(hub)
        async with hub.visit(site) as visit, hub.visit(site) as stranger:
            asked = await visit.say("First wording", "client-0001")
            first = await visit.reply()
            again = await act(visit, "regenerate", message_id=first["id"])
            assert again == {"ok": True, "superseded": [first["id"]]}
            (second,) = await eventually(
                lambda: [m for m in answers(visit) if m["id"] != first["id"]], what="the second answer"
            )
            told = [m for m in visit.got("message") if m["id"] == first["id"]]
            assert told[-1]["superseded"] and "First wording" in second["parts"][0]["text"]
            assert await act(visit, "regenerate", message_id=first["id"]) == again, "repeated, it does nothing more"

            blank = await act(visit, "edit", message_id=asked["id"], text=" ")
            assert (blank["error"]["code"], blank["error"].get("field", "text")) == ("invalid", "text")
            assert [t[1] for t in await whole_thread(visit) if not t[2]] == [
                "First wording",
                second["parts"][0]["text"],
            ]
            edited = await act(visit, "edit", message_id=asked["id"], text="Second wording")
            assert set(edited["superseded"]) == {asked["id"], second["id"]}
            assert (await act(visit, "edit", message_id=asked["id"], text="Second wording"))["id"] == edited["id"]
            (third,) = await eventually(
                lambda: [m for m in answers(visit) if "Second" in m["parts"][0]["text"]], what="the third answer"
            )
            assert [t for t in await whole_thread(visit) if not t[2]] == [
                ("contact", "Second wording", False),
                ("bot", third["parts"][0]["text"], False),
            ]
            prompt = hub.simulator.record.calls("model", "chat")[-1].params["messages"]
            assert [m["content"] for m in prompt if m["role"] == "user"] == ["Second wording"]

            await stranger.say("Hello", "client-0009")
            for event, more in (("regenerate", {}), ("edit", {"text": "Mine now"}), ("action", {"action": "person"})):
                refused = await act(stranger, event, message_id=third["id"], **more)
                assert refused["error"]["code"] == "not_found", (event, refused)
            for event, target in (("regenerate", edited["id"]), ("edit", third["id"])):
                more = {"text": "x"} if event == "edit" else {}
                assert (await act(visit, event, message_id=target, **more))["error"]["code"] == "not_found"


async def test_a_button_is_pressed_and_a_person_stops_second_thoughts(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        await hub.ok("PATCH", f"/api/v1/tenants/{tenant}", json={"settings": {"desk": {"policy": "ask"}}})
        async with hub.visit(await hub.website(tenant)) as visit:
            asked = await visit.say("What is the colour of the moon cheese?", "client-0001")
            offer = await visit.reply()
            assert [o["id"] for o in offer["parts"][0]["options"]] == ["bot", "person"]
            refused = await act(visit, "action", message_id=offer["id"], action="no-such-button")
            assert refused["error"] == {
                "code": "not_found", "field": "action", "message": "This message offers no such choice."
            }  # fmt: skip
            pressed = await act(visit, "action", message_id=offer["id"], action="person")
            assert (await act(visit, "action", message_id=offer["id"], action="person"))["id"] == pressed["id"]
            await eventually(
                lambda: [c for c in visit.got("conversation") if c["state"] == "waiting"], what="the queue"
            )
            for event, target in (("regenerate", offer["id"]), ("edit", asked["id"])):
                more = {"text": "x"} if event == "edit" else {}
                assert (await act(visit, event, message_id=target, **more))["error"]["code"] == "conflict"
            # Whoever reads at once may do so before the delivery is noted.
            await hub.rows("update hub.message set status = 'queued' where id = $1", offer["id"])
            await act(visit, "read", seq=offer["seq"])
            (row,) = await hub.rows("select status from hub.message where id = $1", offer["id"])
            assert row["status"] == "read"


async def test_of_two_new_wordings_one_counts(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub, hub.visit(await open_bot(hub)) as visit:
        asked = await visit.say("First wording", "client-0001")
        await visit.reply()
        both = await asyncio.gather(
            *(act(visit, "edit", message_id=asked["id"], text=f"Wording {n}") for n in ("A", "B"))
        )
        assert sorted("ok" in one for one in both) == [False, True], both
        (late,) = [one for one in both if "error" in one]
        assert late["error"]["code"] == "conflict"
        said = [text for author, text, gone in await whole_thread(visit) if author == "contact" and not gone]
        assert len(said) == 1 and said[0] in ("Wording A", "Wording B")


async def test_a_new_wording_that_is_not_taken_takes_nothing_away(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, inbox_limit=100) as hub:
        assert hub.house is not None
        site = await open_bot(hub)
        async with hub.visit(site) as visit, hub.visit(site) as other:
            asked = await visit.say("First wording", "client-0001")
            await visit.reply()
            there = await other.say("Hello", "client-0002")
            await other.reply()
            standing = await whole_thread(visit)
            wait = "update hub.conversation set pending = 100, due_at = now() + interval '1 hour' where id = $1"
            await hub.rows(wait, there["conversation_id"])
            await hub.house.depth.look()
            refused = await act(visit, "edit", message_id=asked["id"], text="Second wording")
            assert refused["error"]["code"] == "backlogged", refused
            assert await whole_thread(visit) == standing
            await hub.rows(
                "update hub.conversation set pending = 0, due_at = null where id = $1", there["conversation_id"]
            )
            await hub.house.depth.look()
            assert (await act(visit, "edit", message_id=asked["id"], text="Second wording"))["ok"]


async def test_an_answer_of_several_messages_is_had_again_from_any_of_them(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path) as hub, hub.visit(await open_bot(hub)) as visit:
        assert hub.house is not None
        asked = await visit.say("One question", "client-0001")
        first = await visit.reply()
        (row,) = await hub.rows(
            "select tenant_id, conversation_id, turn_id from hub.message where id = $1", first["id"]
        )
        async with hub.house.store.begin(TenantId(row["tenant_id"])) as tx:
            more = NewMessage(
                id=MessageId(uuid7()),
                conversation=ConversationId(row["conversation_id"]),
                author=AuthorKind.BOT,
                parts=(Text("And more of it."),),
                at=datetime.now(UTC),
                status=MessageStatus.SENT,
                turn=TurnId(row["turn_id"]),
            )
            await tx.messages.add(more)
        again = await act(visit, "regenerate", message_id=str(more.id))
        assert again.get("ok") and set(again["superseded"]) == {first["id"], str(more.id)}, again
        (answer,) = await eventually(
            lambda: [m for m in answers(visit) if m["id"] not in (first["id"], str(more.id))], what="the new answer"
        )
        assert "One question" in answer["parts"][0]["text"]
        assert next(t[:2] for t in await whole_thread(visit) if not t[2]) == ("contact", "One question"), asked
