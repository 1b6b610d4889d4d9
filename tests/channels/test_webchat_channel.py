"""A website visitor's events, and the web chat's settings."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.webchat.channel import WebChatChannel
from hub.core.channels import WebhookRequest
from hub.core.errors import Forged, HubError, Invalid, Malformed
from hub.core.ids import MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    Alias,
    AuthorKind,
    Choice,
    Choices,
    EventType,
    Location,
    Media,
    Option,
    Outbound,
    Reaction,
    Text,
    event_to_json,
)

HELLO = {
    "client_id": "c-1", "visitor": "v-1", "conversation": "0198-conv", "parts": [{"type": "text", "text": "Grüße 👋"}],
    "name": "Anna", "locale": "de-CH",
}  # fmt: skip


@pytest.fixture
def channel(clock: Any) -> WebChatChannel:
    return WebChatChannel(clock=clock)


def raw(**changes: Any) -> bytes:
    return json.dumps({**HELLO, **changes}).encode()


def test_message(channel: WebChatChannel, now: datetime):
    (event,) = channel.parse(raw())
    assert (event.type, event.channel, event.parts) == (EventType.MESSAGE, "webchat", (Text("Grüße 👋"),))
    assert (event.thread, event.at, event.direct) == ("0198-conv", now, True)
    assert event.sender.ids == (Alias("webchat.visitor", "v-1"),)
    assert (event.sender.name, event.sender.locale) == ("Anna", "de-CH")
    assert event.platform_id == event.message_id == "v-1/c-1"


def test_same_client_id_is_the_same_message_for_one_visitor_alone(channel: WebChatChannel):
    keys = [channel.parse(raw(visitor=v))[0].platform_id for v in ("v-1", "v-1", "v-2")]
    assert keys[0] == keys[1] != keys[2]


def test_signed_in_visitor_has_both_identities(channel: WebChatChannel):
    (event,) = channel.parse(raw(user="crm|7", at=1_795_000_000))
    assert event.sender.ids == (Alias("webchat.user", "crm|7"), Alias("webchat.visitor", "v-1"))
    assert event.at == datetime.fromtimestamp(1_795_000_000, UTC)


def test_tap_edit_delete_reaction_read_typing(channel: WebChatChannel):
    choice = channel.read_event(raw(event="choice", target="m1", parts=[{"type": "choice", "id": "y", "title": "Yes"}]))
    assert (choice.type, choice.target, choice.parts) == (EventType.CHOICE, "m1", (Choice("y", "Yes"),))
    edit = channel.read_event(raw(event="edit", client_id="c-2", target="c-1"))
    assert (edit.type, edit.target, edit.platform_id) == (EventType.EDIT, "v-1/c-1", "v-1/c-2")
    delete = channel.read_event(raw(event="delete", client_id="c-3", target="c-1"))
    assert (delete.type, delete.target, delete.parts) == (EventType.DELETE, "v-1/c-1", ())
    liked = channel.read_event(raw(event="reaction", target="m1", parts=[{"type": "reaction", "emoji": "👍"}]))
    assert (liked.target, liked.parts) == ("m1", (Reaction("👍"),))
    assert channel.read_event(raw(event="read", target="m1")).type is EventType.READ
    assert channel.read_event(raw(event="typing")).type is EventType.TYPING


def test_one_visitor_cannot_edit_anothers_message(channel: WebChatChannel):
    with pytest.raises(Invalid) as caught:
        channel.read_event(raw(event="edit", target="v-2/c-1"))
    assert caught.value.field == "target"


def test_uploads_and_places(channel: WebChatChannel):
    media = {"type": "media", "kind": "image", "file_id": "f1", "name": "a.png", "mime": "image/png", "size": 9}
    place = {"type": "location", "latitude": 47.4, "longitude": 8.5}
    event = channel.read_event(raw(parts=[media, place]))
    assert event.parts == (
        Media("image", file_id="f1", name="a.png", mime="image/png", size=9),
        Location(47.4, 8.5),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": None}, "client_id"),
        ({"client_id": "x" * 129}, "client_id"),
        ({"client_id": "a/b"}, "client_id"),
        ({"visitor": ""}, "visitor"),
        ({"visitor": "a/b"}, "visitor"),
        ({"conversation": 5}, "conversation"),
        ({"event": "shout"}, "event"),
        ({"event": []}, "event"),
        ({"parts": []}, "parts"),
        ({"parts": "hi"}, "parts"),
        ({"parts": [{"type": "text", "text": "x"}] * 21}, "parts"),
        ({"parts": [5]}, "parts[0].type"),
        ({"parts": [{"type": "text", "text": " "}]}, "parts[0].text"),
        ({"parts": [{"type": "text", "text": "x" * 8001}]}, "parts[0].text"),
        ({"parts": [{"type": "media", "kind": [], "file_id": "f"}]}, "parts[0].kind"),
        ({"parts": [{"type": "media", "kind": "image"}]}, "parts[0].file_id"),
        ({"parts": [{"type": "media", "kind": "image", "file_id": "f", "size": 10**9}]}, "parts[0].size"),
        ({"parts": [{"type": "location", "latitude": 91, "longitude": 0}]}, "parts[0]"),
        ({"parts": [{"type": "choice", "id": "y"}]}, "parts"),
        ({"event": "choice"}, "parts"),
        ({"event": "edit"}, "target"),
        ({"name": "x" * 201}, "name"),
        ({"at": "yesterday"}, "at"),
    ],
)
def test_bad_input_names_its_field_and_parses_as_unknown(channel: WebChatChannel, changes: dict[str, Any], field: str):
    with pytest.raises(Invalid) as caught:
        channel.read_event(raw(**changes))
    assert caught.value.field == field
    (event,) = channel.parse(raw(**changes))
    assert event.type is EventType.UNKNOWN and event.raw is not None


def test_a_reference_or_credentials_cannot_be_smuggled_in(channel: WebChatChannel):
    part = {"type": "media", "kind": "image", "file_id": "f", "ref": "http://10.0.0.1/", "url": "http://10.0.0.1/"}
    (media,) = channel.read_event(raw(parts=[part])).parts
    assert media == Media("image", file_id="f")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a":'])
def test_what_is_not_an_object_is_malformed(channel: WebChatChannel, body: bytes):
    with pytest.raises(Malformed):
        channel.read_event(body)
    assert channel.parse(body)[0].type is EventType.UNKNOWN


def test_junk_in_every_field_never_raises(channel: WebChatChannel):
    part_kinds: list[dict[str, Any]] = [
        {"type": "text", "text": "x"}, {"type": "media", "kind": "image", "file_id": "f", "size": 1, "caption": "c"},
        {"type": "location", "latitude": 1, "longitude": 2, "name": "n"}, {"type": "choice", "id": "i", "title": "t"},
        {"type": "contact", "name": "n", "phones": ["1"], "emails": ["e"]},
        {"type": "form_reply", "values": {"a": "b"}}, {"type": "reaction", "emoji": "e"},
    ]  # fmt: skip
    junk: list[Any] = [None, True, 0, 10**30, 1.5, "", "x", "\x00\ud800", [], {}, [[]], [None], {"id": []}, ["x", {}]]
    tried = 0
    for kind in ("message", "choice", "edit", "reaction"):
        for part in part_kinds:
            event = {**HELLO, "event": kind, "target": "t", "reply_to": "r", "user": "u", "at": 5, "parts": [part]}
            for target in (event, part):
                for name in target:
                    for value in junk:
                        changed = copy.deepcopy(event)
                        (changed if target is event else changed["parts"][0])[name] = value
                        (read,) = channel.parse(json.dumps(changed).encode())
                        json.dumps(event_to_json(read), allow_nan=False)
                        tried += 1
    assert tried > 3_000


async def test_sending_gives_our_own_id(channel: WebChatChannel):
    parts = (Text("**hi**"), Choices("?", (Option("y", "Yes"),)))
    outbound = Outbound(
        id=MessageId(uuid7()), key="k", thread=ThreadKey("c"), parts=parts, author=AuthorKind.AGENT, author_name="Bo"
    )
    (request,) = channel.render(outbound)
    result = await channel.send({}, request, key="k")
    assert (result.ok, result.ids) == (True, (str(outbound.id),))
    assert request.payload["parts"][0] == {"type": "text", "text": "**hi**"}
    assert request.payload["author"] == {"kind": "agent", "name": "Bo"}
    (edit,) = channel.render_edit(outbound, PlatformId("m9"))
    assert (edit.method, edit.payload["id"]) == ("edit", "m9")


def test_no_webhook_is_ever_genuine(channel: WebChatChannel):
    with pytest.raises(Forged):
        channel.verify([{"allowed_origins": ["https://a.example"]}], WebhookRequest("POST", {}, {}, raw()))


def test_origins_in_one_form(channel: WebChatChannel):
    given = ["https://Shop.example/", "https://shop.example:443", "http://localhost:8080", "https://*.shop.example"]
    assert channel.configure({"allowed_origins": given})["allowed_origins"] == [
        "https://shop.example", "http://localhost:8080", "https://*.shop.example",
    ]  # fmt: skip
    assert channel.configure({"allowed_origins": "https://a.example, https://b.example"})["allowed_origins"] == [
        "https://a.example", "https://b.example",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({}, "allowed_origins"),
        ({"allowed_origins": []}, "allowed_origins"),
        ({"allowed_origins": ["*"]}, "allowed_origins"),
        ({"allowed_origins": ["shop.example"]}, "allowed_origins"),
        ({"allowed_origins": ["https://shop.example/path"]}, "allowed_origins"),
        ({"allowed_origins": ["https://shop.example:99999"]}, "allowed_origins"),
        ({"allowed_origins": ["https://user@shop.example"]}, "allowed_origins"),
        ({"allowed_origins": [5]}, "allowed_origins"),
        ({"allowed_origins": ["https://a.example"], "identity_secret": "short"}, "identity_secret"),
        ({"allowed_origins": ["https://a.example"], "bot_token": "x"}, "bot_token"),
    ],
)
def test_settings_name_the_field(channel: WebChatChannel, settings: dict[str, Any], field: str):
    with pytest.raises(HubError) as caught:
        channel.configure(settings)
    assert caught.value.field == field
