"""WhatsApp's webhooks as events, on payloads of our own: a clone alone proves every kind, batch and junk."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.payloads import storable
from adapters.whatsapp.channel import WhatsAppChannel
from adapters.whatsapp.inbound import parse, route
from hub.core.channels import WebhookRequest
from hub.core.errors import Forged, Invalid
from hub.core.ids import AccountKey
from hub.core.messages import (
    Alias,
    Choice,
    ContactCard,
    Event,
    EventType,
    FormReply,
    Location,
    Media,
    MessageStatus,
    Part,
    Reaction,
    Text,
    Unknown,
    event_from_json,
    event_to_json,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = AccountKey("111")
PHONE, USER = "491511234", "DE.777"
CONTACT = {"profile": {"name": "Anna"}, "wa_id": PHONE, "user_id": USER}
BASE = {"from": PHONE, "from_user_id": USER, "id": "wamid.A", "timestamp": "1700000000"}


def change(field: str = "messages", number: str = OURS, contacts: Any = (CONTACT,), **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550001", "phone_number_id": number}
    told = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": list(contacts), **value}
    return {"field": field, "value": told}


def body(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [{"id": "9", "time": 1700000001, "changes": list(changes)}]}


def events(data: Any, account: AccountKey | None = OURS) -> list[Event]:
    return list(parse(json.dumps(data).encode(), account, NOW))


def said(**message: Any) -> Event:
    (event,) = events(body(change(messages=[{**BASE, **message}])))
    return event


FILE = {"id": "55", "mime_type": "image/png", "sha256": "x", "caption": "c", "filename": "n.png", "file_size": 7}
KINDS: list[tuple[dict[str, Any], EventType, tuple[Part, ...]]] = [
    ({"type": "text", "text": {"body": "Hi"}}, EventType.MESSAGE, (Text("Hi"),)),
    ({"type": "image", "image": FILE}, EventType.MESSAGE,
     (Media("image", ref="55", mime="image/png", name="n.png", size=7, caption="c"),)),
    ({"type": "audio", "audio": {"id": "5", "voice": True}}, EventType.MESSAGE, (Media("voice", ref="5"),)),
    ({"type": "audio", "audio": {"id": "5"}}, EventType.MESSAGE, (Media("audio", ref="5"),)),
    ({"type": "video", "video": {"id": "5"}}, EventType.MESSAGE, (Media("video", ref="5"),)),
    ({"type": "document", "document": {"id": "5", "filename": "a.pdf"}}, EventType.MESSAGE,
     (Media("document", ref="5", name="a.pdf"),)),
    ({"type": "sticker", "sticker": {"id": "5"}}, EventType.MESSAGE, (Media("sticker", ref="5"),)),
    ({"type": "location", "location": {"latitude": "1.5", "longitude": 2, "name": "N"}}, EventType.MESSAGE,
     (Location(1.5, 2.0, "N"),)),
    ({"type": "contacts", "contacts": [{"name": {"first_name": "B", "last_name": "C"}, "phones": [{"phone": "+1"}],
     "emails": [{"email": "b@c"}]}]}, EventType.MESSAGE, (ContactCard("B C", ("+1",), ("b@c",)),)),
    ({"type": "button", "button": {"payload": "p", "text": "T"}}, EventType.CHOICE, (Choice("p", "T"),)),
    ({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "p", "title": "T"}}},
     EventType.CHOICE, (Choice("p", "T"),)),
    ({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "p", "title": "T"}}},
     EventType.CHOICE, (Choice("p", "T"),)),
    ({"type": "interactive", "interactive": {
        "type": "nfm_reply", "nfm_reply": {"response_json": '{"a": 1}', "name": "f"}}},
     EventType.MESSAGE, (FormReply({"a": 1}, "f"),)),
    ({"type": "order", "order": {"text": "soon", "product_items": [{"product_retailer_id": "x", "quantity": 2}]}},
     EventType.MESSAGE, (Text("soon"), Text("2 \u00d7 x"), Unknown("order", {
         "text": "soon", "product_items": [{"product_retailer_id": "x", "quantity": 2}]}))),
    ({"type": "reaction", "reaction": {"message_id": "wamid.B", "emoji": "\u2764"}}, EventType.REACTION,
     (Reaction("\u2764"),)),
    ({"type": "reaction", "reaction": {"message_id": "wamid.B"}}, EventType.REACTION, (Reaction("", removed=True),)),
    ({"type": "edit", "edit": {"original_message_id": "wamid.B", "message": {"type": "text", "text": {"body": "x"}}}},
     EventType.EDIT, (Text("x"),)),
    ({"type": "revoke", "revoke": {"original_message_id": "wamid.B"}}, EventType.DELETE, ()),
    ({"type": "poll", "poll": {"name": "?"}}, EventType.UNKNOWN, (Unknown("poll", {"name": "?"}),)),
    ({"type": "interactive", "interactive": {"type": "new_reply", "new_reply": {}}}, EventType.UNKNOWN,
     (Unknown("new_reply", {"type": "new_reply", "new_reply": {}}),)),
]  # fmt: skip


@pytest.mark.parametrize(("message", "type_", "parts"), KINDS)
def test_every_kind_a_customer_can_send(message: dict[str, Any], type_: EventType, parts: tuple[Part, ...]):
    event = said(**message)
    assert (event.type, event.parts, event.platform_id, event.account) == (type_, parts, "wamid.A", OURS)
    assert event.at == datetime.fromtimestamp(1700000000, UTC)
    assert event.sender.ids == (Alias("whatsapp.user_id", USER), Alias("whatsapp.phone", PHONE))
    assert (event.sender.name, event.thread, event.direct) == ("Anna", USER, True)
    assert event.target == ("wamid.B" if type_ in (EventType.REACTION, EventType.EDIT, EventType.DELETE) else None)


def test_three_messages_in_a_change_and_two_changes_in_two_entries_give_five():
    three = change(messages=[{**BASE, "id": f"wamid.{n}", "type": "text", "text": {"body": str(n)}} for n in range(3)])
    others = [change(messages=[{**BASE, "id": f"wamid.{n}", "type": "text", "text": {"body": str(n)}}]) for n in (3, 4)]
    data = body(three)
    data["entry"] = [{"id": "9", "changes": [three]}, {"id": "9", "changes": others}]
    found = events(data)
    assert [e.platform_id for e in found] == [f"wamid.{n}" for n in range(5)]
    assert [e.parts for e in found] == [(Text(str(n)),) for n in range(5)]


def test_a_shared_webhook_gives_each_account_its_own_alone():
    message = {**BASE, "type": "text", "text": {"body": "x"}}
    ours, theirs = change(messages=[message]), change(number="222", messages=[{**message, "id": "wamid.T"}])
    news = {"id": "other", "changes": [{"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}}]}
    data = {"entry": [{"id": "9", "changes": [ours]}, {"id": "8", "changes": [theirs, theirs]}, news]}
    raw = json.dumps(data).encode()
    assert route(raw) == ("111", "222")
    assert [e.platform_id for e in parse(raw, OURS, NOW)] == ["wamid.A"]
    assert [e.platform_id for e in parse(raw, AccountKey("222"), NOW)] == ["wamid.T", "wamid.T"]
    assert parse(raw, AccountKey("333"), NOW) == []
    assert len(parse(raw, None, NOW)) == 4
    (alone,) = parse(json.dumps({"entry": [news]}).encode(), OURS, NOW)
    assert (alone.type, alone.account, alone.parts[0]) == (
        EventType.UNKNOWN, OURS, Unknown("account_update", {"event": "ACCOUNT_DELETED"}),
    )  # fmt: skip


def test_people_without_a_phone_number_and_several_people_in_one_change():
    anna, ben = {"profile": {"name": "Anna"}, "user_id": USER}, {"profile": {"username": "ben"}, "user_id": "DE.8"}
    messages = [
        {"from_user_id": USER, "id": "a", "timestamp": "1", "type": "text", "text": {"body": "x"}},
        {"from": "DE.8", "id": "b", "timestamp": "1", "type": "text", "text": {"body": "y"}},
        {"from": "49170", "id": "c", "timestamp": "1", "type": "text", "text": {"body": "z"}},
    ]
    first, second, third = events(body(change(contacts=(anna, ben), messages=messages)))
    assert (first.thread, first.sender.ids, first.sender.name) == (USER, (Alias("whatsapp.user_id", USER),), "Anna")
    assert (second.thread, second.sender.ids, second.sender.name) == (
        "DE.8",
        (Alias("whatsapp.user_id", "DE.8"),),
        "ben",
    )
    assert (third.thread, third.sender.ids, third.sender.name) == ("49170", (Alias("whatsapp.phone", "49170"),), None)
    (lone,) = events(body(change(contacts=(anna,), messages=[{**messages[2]}])))
    assert lone.thread == USER  # a single contact is who wrote, however the number is spelled
    (stranger,) = events(body(change(contacts=(anna,), messages=[{**messages[0], "from_user_id": "DE.9"}])))
    assert (stranger.thread, stranger.sender.name) == ("DE.9", None)


def test_groups():
    in_group = {"group_id": "G1", "type": "text", "text": {"body": "hello all"}}
    plain = said(**in_group)
    assert (plain.thread, plain.direct, plain.mentioned) == ("group:G1", False, False)
    assert said(**{**in_group, "text": {"body": "hi @15550001"}}).mentioned
    assert said(**in_group, context={"from": "15550001", "id": "wamid.B"}).mentioned


def test_statuses():
    status = {"id": "wamid.S", "status": "failed", "timestamp": "1700000000", "recipient_id": PHONE,
              "biz_opaque_callback_data": "row:1", "errors": [{"code": 131047, "title": "Closed"}]}  # fmt: skip
    data = body(change(statuses=[status, {**status, "status": "read", "errors": []}, {**status, "status": "seen"}]))
    failed, read, new = events(data)
    assert (failed.status, failed.target, failed.row_key) == (MessageStatus.FAILED, "wamid.S", "row:1")
    assert (
        failed.error
        == "The customer last wrote more than 24 hours ago; only an approved template may be sent. (131047)"
    )
    assert (read.status, read.error, read.thread) == (MessageStatus.READ, None, USER)
    assert (new.status, new.raw is not None) == (None, True)
    assert len({failed.platform_id, read.platform_id, new.platform_id}) == 3
    (unexplained,) = events(body(change(statuses=[{**status, "errors": [{"code": 7, "message": "Odd."}]}])))
    assert unexplained.error == "WhatsApp says: Odd. (7)"


def test_echoes_are_a_person_unless_our_row_key_comes_along():
    echo = {"from": "15550001", "to": PHONE, "to_user_id": USER, "id": "wamid.E", "timestamp": "1700000000",
            "type": "text", "text": {"body": "I take over"}}  # fmt: skip
    (person,) = events(body(change("smb_message_echoes", contacts=(), message_echoes=[echo])))
    assert (person.type, person.ours, person.thread, person.platform_id) == (EventType.ECHO, False, USER, "wamid.E")
    assert person.parts == (Text("I take over"),) and person.sender.ids == ()
    ours = {**echo, "biz_opaque_callback_data": "row:1"}
    (own,) = events(body(change("smb_message_echoes", contacts=(), message_echoes=[ours])))
    assert (own.ours, own.row_key) == (True, "row:1")
    (mapped,) = events(body(change("smb_message_echoes", message_echoes=[{**echo, "to_user_id": None}])))
    assert mapped.thread == USER  # the contact tells whose number it is


def test_conversations_from_before_are_kept_and_not_answered():
    old = {"messages": [{**BASE, "type": "text", "text": {"body": "old"}}], "history": [{"threads": []}]}
    assert [e.type for e in events(body(change("history", **old)))] == [EventType.UNKNOWN]


def test_what_has_no_id_is_keyed_by_the_body():
    data = body(change(messages=[{**BASE, "id": None, "type": "text", "text": {"body": "x"}}] * 2))
    first, second = events(data)
    assert first.platform_id.startswith("sha256:") and first.platform_id != second.platform_id
    assert [e.platform_id for e in events(data)] == [first.platform_id, second.platform_id]


JUNK: list[Any] = [
    None, True, False, 0, -1, 10**30, 1.5, 1e300, "", "x", "9" * 400, "\x00\ud800", [], {}, [[]], [None],
    {"id": "x"}, [{"id": []}], ["x", 1, {}],
]  # fmt: skip


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*at, key))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(item)


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    result = copy.copy(value)
    result[path[0]] = replaced(value[path[0]], path[1:], junk)
    return result


def test_each_node_replaced_by_each_kind_of_junk():
    echo = {"from": "15550001", "to": PHONE, "to_user_id": USER, "id": "e", "timestamp": "1", **KINDS[0][0]}
    status = {"id": "s", "status": "failed", "timestamp": "1", "recipient_id": PHONE, "recipient_type": "group",
              "errors": [{"code": 1, "title": "t", "error_data": {"details": "d"}}]}  # fmt: skip
    bodies = [body(change(messages=[{**BASE, **kind, "context": {"id": "r", "from": "1"}}])) for kind, _, _ in KINDS]
    bodies += [
        body(change(messages=[{**BASE, "referral": {"a": 1}, "group_id": "g", **KINDS[0][0]}])),
        body(change(messages=[{**BASE, "type": "system", "system": {"wa_id": "1", "type": "t"}}])),
        body(change(statuses=[status])),
        body(change("smb_message_echoes", message_echoes=[echo])),
        body(change("calls", calls=[{"id": "c", "event": "connect", "from": PHONE, "to": "1", "timestamp": "1"}])),
        body(
            change("group_participants_update", groups=[{"group_id": "g", "timestamp": 1, "added_participants": [{}]}])
        ),
        body(change("user_preferences", user_preferences=[{"wa_id": PHONE, "value": "stop", "timestamp": 1}])),
    ]
    tried = 0
    for data in bodies:
        for path in paths(data):
            for junk in JUNK:
                raw = json.dumps(replaced(data, path, junk)).encode()
                route(raw)
                for event in parse(raw, None, NOW):
                    written = json.dumps(event_to_json(event), ensure_ascii=False)
                    assert all(storable(words) == words for words in strings(event_to_json(event)))
                    assert 0 < len(event.platform_id) <= 512 and len(event.thread) <= 300
                    assert event_from_json(json.loads(written)) == event
                tried += 1
    assert tried >= 3000


SECRETS = {
    "phone_number_id": "111",
    "access_token": "tok",
    "app_secret": ["new-secret", "old-secret"],
    "verify_token": "vt",
}
RAW = json.dumps(body(change(messages=[])), indent=1).encode()


def signed(raw: bytes, secret: str = "new-secret", prefix: str = "sha256=") -> WebhookRequest:
    header = prefix + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", {"x-hub-signature-256": header}, {}, raw)


def test_signatures(clock: Any):
    channel = WhatsAppChannel(session=None, clock=clock)
    others = {**SECRETS, "app_secret": "another"}
    credentials = [channel.configure(others), channel.configure(SECRETS)]
    assert channel.verify(credentials, signed(RAW)).secret == 1
    assert channel.verify(credentials, signed(RAW, "old-secret")).secret == 1
    assert channel.verify(credentials, signed(RAW, "another")).secret == 0
    good = signed(RAW)
    header = good.headers["x-hub-signature-256"]
    reserialised = json.dumps(json.loads(RAW)).encode()
    for bad in (
        signed(RAW, "wrong"), signed(RAW, prefix=""), signed(RAW, prefix="sha1="),
        WebhookRequest("POST", {}, {}, RAW), WebhookRequest("POST", good.headers, {}, reserialised),
        WebhookRequest("POST", {"x-hub-signature-256": header[:-1]}, {}, RAW),
        WebhookRequest("POST", {"x-hub-signature-256": header + "0"}, {}, RAW),
        WebhookRequest("POST", {"x-hub-signature-256": "sha256=\udcff\u00e4"}, {}, RAW),
        WebhookRequest("POST", {"x-hub-signature-256": header}, {}, RAW + b" "),
        WebhookRequest("PUT", good.headers, {}, RAW),
    ):  # fmt: skip
        with pytest.raises(Forged):
            channel.verify(credentials, bad)
    with pytest.raises(Forged):
        channel.verify([{"app_secret": ""}, {"app_secret": []}, {}], signed(RAW, ""))


def test_the_challenge(clock: Any):
    channel = WhatsAppChannel(session=None, clock=clock)
    query = {"hub.mode": "subscribe", "hub.verify_token": "vt", "hub.challenge": "1158201444"}
    assert channel.verify([SECRETS], WebhookRequest("GET", {}, query, b"")).challenge == b"1158201444"
    for wrong in (
        {"hub.verify_token": "x"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
        {"hub.verify_token": ""},
    ):
        with pytest.raises(Forged):
            channel.verify([SECRETS], WebhookRequest("GET", {}, query | wrong, b""))
    with pytest.raises(Forged):
        channel.verify([{"verify_token": ""}], WebhookRequest("GET", {}, query | {"hub.verify_token": ""}, b""))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone_number_id": "+1 555"}, "phone_number_id"), ({"phone_number_id": None}, "phone_number_id"),
        ({"access_token": " "}, "access_token"), ({"access_token": "a\nb"}, "access_token"),
        ({"app_secret": []}, "app_secret"), ({"app_secret": ["ok", ""]}, "app_secret"),
        ({"app_secret": 5}, "app_secret"),
        ({"verify_token": "with space"}, "verify_token"), ({"waba_id": "x"}, "waba_id"), ({"colour": "x"}, "colour"),
    ],
)  # fmt: skip
def test_credentials_are_checked_by_name(clock: Any, wrong: dict[str, Any], field: str):
    channel = WhatsAppChannel(session=None, clock=clock)
    assert channel.account(channel.configure({**SECRETS, "waba_id": 12})) == "111"
    with pytest.raises(Invalid) as caught:
        channel.configure({**SECRETS, **wrong})
    assert caught.value.field == field
