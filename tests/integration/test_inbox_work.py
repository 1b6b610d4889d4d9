"""What colleagues do in a conversation over REST: send without crossing, notes, drafts, macros, undo, contacts."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from hub.accounts.permissions import Role
from hub.core.ids import ContactId, TenantId
from support.api_calls import refused, say
from support.api_site import Site
from support.desk_calls import open_desk
from support.signed_in import person


async def test_of_two_who_send_at_once_one_is_told_what_the_other_wrote(site: Site) -> None:
    desk = await open_desk(site)
    conversation, visitor = await desk.customer("Is anybody there?")
    path = f"{desk.path}/conversations/{conversation}/messages"
    answers = await asyncio.gather(
        *[
            site.call("POST", path, json={"text": f"I am {who}.", "by": who, "name": who, "last_seen_seq": 1})
            for who in ("ada", "grace")
        ]
    )
    assert sorted(answer.status for answer in answers) == [201, 409]
    sent = next(answer for answer in answers if answer.status == 201)
    problem = await refused(next(answer for answer in answers if answer.status == 409), 409, "last_seen_seq")
    first = await sent.json()
    assert problem["code"] == "stale"
    assert [m["id"] for m in problem["details"]["newer"]] == [first["id"]]
    assert first["author"]["name"] in problem["detail"]
    loser = "grace" if first["author"]["id"] == "ada" else "ada"
    seen = problem["details"]["last_seq"]
    merged = await desk.act(conversation, "messages", {"text": "And I.", "by": loser, "last_seen_seq": seen})
    await desk.act(conversation, "messages", {"text": "One more of mine.", "by": loser, "last_seen_seq": seen})
    await desk.act(conversation, "notes", {"text": "Only for us", "by": "ada"})
    await desk.act(conversation, "messages", {"text": "Notes do not cross.", "by": loser, "last_seen_seq": seen})
    await say(site, visitor, "c-9", "Thank you both")
    late = {"text": "x", "by": loser, "last_seen_seq": merged["seq"] + 3}
    problem = await refused(await site.call("POST", path, json=late), 409)
    assert [m["author"]["kind"] for m in problem["details"]["newer"]] == ["contact"]
    page = await desk.get(f"conversations/{conversation}/messages")
    outgoing = [m["parts"][0]["text"] for m in page["items"] if m["direction"] == "out" and m["kind"] == "message"]
    assert len(outgoing) == 4, "what was refused was not stored"


async def test_of_two_who_take_at_once_one_is_told_who_has_it(site: Site) -> None:
    desk = await open_desk(site)
    conversation, _ = await desk.customer()
    path = f"{desk.path}/conversations/{conversation}/takeover"
    people = ("ada", "grace")
    calls = [site.call("POST", path, json={"by": who, "unless_held": True}) for who in people]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status for answer in answers) == [200, 409]
    late = next(who for who, answer in zip(people, answers, strict=True) if answer.status == 409)
    problem = await refused(next(answer for answer in answers if answer.status == 409), 409, "unless_held")
    holder = (await desk.get(f"conversations/{conversation}"))["assignee"]
    assert (problem["code"], problem["details"]) == ("held", {"holder": holder}) and holder != late
    again = await desk.act(conversation, "takeover", {"by": holder, "unless_held": True})
    assert again["conversation"]["assignee"] == holder, "for who has it nothing changes"
    taken = await desk.act(conversation, "takeover", {"by": late})
    assert taken["conversation"]["assignee"] == late, "who knows whose it is may take it"


async def test_acts_can_be_taken_back_until_something_else_happens(site: Site) -> None:
    desk = await open_desk(site)
    conversation, visitor = await desk.customer()
    await desk.act(conversation, "assign", {"assignee": None})
    queued = await desk.get(f"conversations/{conversation}")
    for act, body in [("resolve", None), ("assign", {"assignee": "me"}), ("snooze", {"minutes": 30}),
                      ("return", None), ("team", {"team": str(uuid4())})]:  # fmt: skip
        acted = await desk.act(conversation, act, body)
        token = acted["undo"]
        assert token is not None, act
        back = await desk.act(conversation, "undo", {"token": token})
        for name in ("state", "assignee", "team_id", "snoozed_until", "handoff_at", "waiting_since", "handoff_reason"):
            assert back[name] == queued[name], (act, name)
        await desk.act(conversation, "undo", {"token": token}, status=409)
    token = (await desk.act(conversation, "resolve"))["undo"]
    await say(site, visitor, "c-2", "Wait, I am still here")
    await desk.act(conversation, "undo", {"token": token}, status=409)
    token = (await desk.act(conversation, "assign", {"assignee": "ada"}))["undo"]
    await desk.act(conversation, "takeover", {"by": "grace"})
    await desk.act(conversation, "undo", {"token": token}, status=409)
    assert (await desk.act(conversation, "wake"))["undo"] is None, "nothing changed, nothing to undo"


async def test_a_snoozed_conversation_comes_back_when_the_customer_writes(site: Site) -> None:
    desk = await open_desk(site)
    conversation, visitor = await desk.customer()
    await desk.act(conversation, "takeover")
    await desk.act(conversation, "snooze", {"minutes": 60})
    assert await desk.ids(queue="mine") == []
    await say(site, visitor, "c-2", "Anything new?")
    assert await desk.ids(queue="mine") == [conversation]
    for bad in ({}, {"minutes": 5, "until": "2100-01-01T00:00:00Z"}, {"until": "2020-01-01T00:00:00Z"},
                {"until": "2100-01-01T00:00:00Z"}, {"minutes": 0}):  # fmt: skip
        answer = await site.call("POST", f"{desk.path}/conversations/{conversation}/snooze", json=bad)
        await refused(answer, 422)
    await desk.act(conversation, "resolve")
    await desk.act(conversation, "snooze", {"minutes": 5}, status=409)


async def test_notes_mention_and_drafts_are_kept_per_person(site: Site) -> None:
    desk = await open_desk(site)
    conversation, visitor = await desk.customer()
    note = {"text": "Can you look, @Operator?", "by": "ada", "mentions": ["operator", "grace"]}
    assert (await desk.act(conversation, "notes", note))["kind"] == "note"
    assert await desk.ids(queue="mentions") == [conversation]
    (_, shown) = (await desk.get(f"conversations/{conversation}/messages"))["items"]
    assert shown["mentions"] == ["operator", "grace"]
    draft = f"{desk.path}/conversations/{conversation}/draft"
    for body in ({"text": "Dear cust"}, {"text": "hm", "note": True}, {"text": "Grace's", "by": "grace"}):
        assert (await site.call("PUT", draft, json=body)).status == 200
    items = (await desk.get(f"conversations/{conversation}/draft"))["items"]
    assert [(d["note"], d["text"]) for d in items] == [(False, "Dear cust"), (True, "hm")]
    assert len((await desk.get("drafts"))["items"]) == 2
    await desk.act(conversation, "messages", {"text": "Dear customer"})
    assert [d["note"] for d in (await desk.get("drafts"))["items"]] == [True], "a sent draft is gone"
    await site.call("PUT", draft, json={"text": "  ", "note": True})
    assert (await desk.get("drafts"))["items"] == []
    seen = await site.call("GET", f"/api/v1/visitor/conversations/{conversation}/messages", key=None, headers=visitor)
    assert [m["parts"][0]["text"] for m in (await seen.json())["items"]] == ["Hello", "Dear customer"]


async def test_macros_fill_in_send_and_act(site: Site) -> None:
    desk = await open_desk(site)
    conversation, _ = await desk.customer("It is broken")
    label = (await desk.post("labels", {"name": "broken"}))["id"]
    body = {
        "name": "Sorry", "shortcut": "sorry",
        "text": "Hello {{contact.first_name|there}}, sorry! {{conversation.order}}",
        "actions": [{"type": "label", "labels": [label]}, {"type": "assign", "assignee": "me"}, {"type": "return"},
                    {"type": "return"}],
    }  # fmt: skip
    macro = (await desk.post("macros", body))["id"]
    await desk.post("macros", body, status=409)
    here = f"conversations/{conversation}/macros/{macro}"
    preview = await desk.get(here)
    assert (preview["text"], preview["missing"]) == (
        "Hello there, sorry! {{conversation.order}}",
        ["conversation.order"],
    )
    await refused(await site.call("POST", f"{desk.path}/{here}", json={}), 422, "text")
    used = await desk.post(here, {"text": "Hello {{contact.first_name|you}}!"})
    assert used["message"]["parts"][0]["text"] == "Hello you!"
    assert [(step["type"], step["ok"]) for step in used["steps"]] == [
        ("label", True), ("assign", True), ("return", True), ("return", False),
    ]  # fmt: skip
    item = await desk.get(f"conversations/{conversation}")
    assert (item["labels"], item["state"]) == ([label], "bot")
    assert (await desk.get("macros"))["items"][0]["used"] == 1
    for bad in ({"name": "x", "text": " "}, {"name": "x", "text": "y", "actions": [{"type": "snooze"}]}):
        await refused(await site.call("POST", f"{desk.path}/macros", json=bad), 422)
    quiet = await desk.post("macros", {"name": "Look", "text": "To do", "note": True, "shared": False})
    noted = await desk.post(f"conversations/{conversation}/macros/{quiet['id']}")
    assert noted["message"]["kind"] == "note"


async def test_activity_tells_what_happened_and_who_did_it(site: Site) -> None:
    desk = await open_desk(site)
    conversation, _ = await desk.customer()
    await desk.act(conversation, "takeover", {"by": "ada"})
    await desk.act(conversation, "resolve", {"by": "ada"})
    items = (await desk.get(f"conversations/{conversation}/activity"))["items"]
    assert [item["type"] for item in items] == [
        "conversation.resolved", "conversation.updated", "handoff.accepted", "conversation.updated",
        "conversation.opened",
    ]  # fmt: skip
    assert [item["by"] for item in items] == ["ada"] * 4 + [None]
    first = await desk.get(f"conversations/{conversation}/activity", params={"limit": "2"})
    rest = await desk.get(f"conversations/{conversation}/activity", params={"cursor": first["next_cursor"]})
    assert first["items"] + rest["items"] == items


async def test_contacts_are_linked_blocked_and_keep_their_history(site: Site) -> None:
    desk, other = await open_desk(site), await open_desk(site, "other")
    one, visitor = await desk.customer()
    two, _ = await desk.customer()
    foreign, _ = await other.customer()
    ids = [(await desk.get(f"conversations/{c}"))["contact_id"] for c in (one, two)]
    stranger = (await other.get(f"conversations/{foreign}"))["contact_id"]
    profile = await desk.post(f"contacts/{ids[0]}/links", {"contact": ids[1]})
    assert [c["id"] for c in profile["linked"]] == [ids[1]]
    assert [c["id"] for c in (await desk.get(f"contacts/{ids[1]}"))["linked"]] == [ids[0]]
    assert (await site.call("DELETE", f"{desk.path}/contacts/{ids[1]}/links/{ids[0]}")).status == 204
    assert (await desk.get(f"contacts/{ids[0]}"))["linked"] == []
    assert profile["identities"][0]["kind"] == "webchat.visitor"
    for body, status in ((ids[0], 422), (stranger, 404)):
        await desk.post(f"contacts/{ids[0]}/links", {"contact": body}, status=status)
    history = (await desk.get(f"contacts/{ids[0]}/conversations"))["items"]
    assert [item["id"] for item in history] == [one]
    assert (await desk.post(f"contacts/{ids[0]}/block"))["blocked"] is True
    assert (await desk.get(f"conversations/{one}"))["contact"]["blocked"] is True
    await say(site, visitor, "c-2", "Can you hear me?")
    await desk.act(one, "messages", {"text": "no"}, status=409)
    assert (await desk.post(f"contacts/{ids[0]}/unblock"))["blocked"] is False
    async with site.store.begin(TenantId(UUID(other.tenant))) as tx:
        row = await tx.contacts.get(ContactId(UUID(stranger)))
        assert row is not None
        assert not row.blocked
    for path in (f"contacts/{stranger}", f"contacts/{stranger}/conversations"):
        await refused(await site.call("GET", f"{desk.path}/{path}"), 404, "contact")


async def test_only_members_are_given_conversations_or_mentioned(site: Site) -> None:
    desk = await open_desk(site)
    conversation, _ = await desk.customer()
    other = await site.tenant("other")
    ada = await person(site, "ada@example.com", tenant=desk.tenant, role=Role.AGENT)
    people = {
        "grace": await person(site, "grace@example.com", tenant=desk.tenant, role=Role.AGENT),
        "viewer": await person(site, "viewer@example.com", tenant=desk.tenant, role=Role.VIEWER),
        "stranger": await person(site, "eve@example.com", tenant=other, role=Role.AGENT),
    }
    ids = {name: (await one.ok("GET", "/api/v1/me"))["person"]["id"] for name, one in people.items()}
    one = f"{desk.path}/conversations/{conversation}"
    for assignee in (ids["stranger"], ids["viewer"], str(uuid4()), "grace"):
        await refused(await ada.send("POST", f"{one}/assign", json={"assignee": assignee}), 422, "assignee")
    for assignee in (ids["stranger"], str(uuid4())):
        await refused(await site.call("POST", f"{one}/assign", json={"assignee": assignee}), 422, "assignee")
    assert (await desk.get(f"conversations/{conversation}"))["assignee"] is None
    body = {"ids": [conversation], "action": {"type": "assign", "assignee": ids["stranger"]}}
    (item,) = (await ada.ok("POST", f"{desk.path}/conversations/bulk", json=body))["items"]
    assert item["error"]["code"] == "invalid"
    for mention in (ids["stranger"], str(uuid4()), "grace"):
        note = {"text": "Look", "mentions": [ids["grace"], mention]}
        await refused(await ada.send("POST", f"{one}/notes", json=note), 422, "mentions")
    assert (await people["grace"].ok("GET", f"{desk.path}/notifications"))["items"] == []
    note = {"text": "Look", "mentions": [ids["grace"], ids["viewer"]]}
    await ada.ok("POST", f"{one}/notes", json=note)
    await ada.ok("POST", f"{one}/assign", json={"assignee": ids["grace"]})
    assert (await desk.get(f"conversations/{conversation}"))["assignee"] == ids["grace"]
