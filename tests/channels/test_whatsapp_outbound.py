"""Messages of ours as WhatsApp shows them best: golden calls, fallbacks, marks, limits, Meta's own schema."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.rendering.links import spelled_out
from adapters.rendering.parse import parse
from adapters.rendering.split import measure
from adapters.whatsapp.channel import WhatsAppChannel
from adapters.whatsapp.errors import Fault, result_of
from adapters.whatsapp.markup import to_marks
from adapters.whatsapp.outbound import render
from hub.core.channels import Request, TextUnit
from hub.core.choices import resolve_choice
from hub.core.errors import Invalid, Unavailable
from hub.core.ids import MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    Card,
    Choice,
    Choices,
    ContactCard,
    Form,
    FormReply,
    Location,
    LocationRequest,
    Media,
    Option,
    Outbound,
    Part,
    Reaction,
    Template,
    Text,
    Unknown,
)

TO = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "491511"}
IMAGE = Media("image", url="https://a.example/x.jpg", mime="image/jpeg")


def rendered(
    *parts: Part, thread: str = "491511", reply_to: str | None = None, sources: str | None = None
) -> list[Request]:
    to = PlatformId(reply_to) if reply_to else None
    return list(render(Outbound(MessageId(uuid7()), "k", ThreadKey(thread), parts, reply_to=to, sources=sources)))


def payloads(*parts: Part, **more: Any) -> list[dict[str, Any]]:
    return [dict(request.payload) for request in rendered(*parts, **more)]


def body_of(payload: dict[str, Any]) -> str:
    text: str = payload["text"]["body"] if payload["type"] == "text" else payload["interactive"]["body"]["text"]
    return text


BUTTONS = (Option("y", "Yes"), Option("n", "No"))
GOLDEN: list[tuple[Part, list[dict[str, Any]]]] = [
    (Text("Hi **you**"), [{"type": "text", "text": {"body": "Hi *you*", "preview_url": False}}]),
    (Choices("Sure?", BUTTONS), [{"type": "interactive", "interactive": {
        "type": "button", "body": {"text": "Sure?"}, "action": {"buttons": [
            {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
            {"type": "reply", "reply": {"id": "n", "title": "No"}}]}}}]),
    (Choices("Which?", (Option("a", "Apple", "Red"), Option("b", "Pear"))), [{"type": "interactive", "interactive": {
        "type": "list", "body": {"text": "Which?"}, "action": {"button": "Options", "sections": [{"rows": [
            {"id": "a", "title": "Apple", "description": "Red"}, {"id": "b", "title": "Pear"}]}]}}}]),
    (Choices("Shop", (Option("s", "Open", url="https://s.example"),)), [{"type": "interactive", "interactive": {
        "type": "cta_url", "body": {"text": "Shop"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://s.example"}}}}]),
    (Choices("Or", (Option("y", "Yes"), Option("s", "Shop", url="https://s.example"))), [
        {"type": "interactive", "interactive": {
            "type": "button", "body": {"text": "Or\n\n*Shop*: https://s.example"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]}}}]),
    (LocationRequest("Where?"), [{"type": "interactive", "interactive": {
        "type": "location_request_message", "body": {"text": "Where?"}, "action": {"name": "send_location"}}}]),
    (Media("image", url="https://a.example/x.jpg", caption="_Look_"), [
        {"type": "image", "image": {"link": "https://a.example/x.jpg", "caption": "_Look_"}}]),
    (Media("audio", ref="55", caption="Listen"), [
        {"type": "audio", "audio": {"id": "55"}}, {"type": "text", "text": {"body": "Listen", "preview_url": False}}]),
    (Media("voice", ref="55", mime="audio/ogg; codecs=opus"), [
        {"type": "audio", "audio": {"id": "55", "voice": True}}]),
    (Media("image", ref="55", mime="image/gif", name='a"/b.gif'), [
        {"type": "document", "document": {"id": "55", "filename": "a_b.gif"}}]),
    (Media("image", ref="55", mime="image/png", size=6 << 20), [
        {"type": "document", "document": {"id": "55", "filename": "image"}}]),
    (Media("sticker", ref="55", mime="image/webp"), [{"type": "sticker", "sticker": {"id": "55"}}]),
    (Media("video", url="https://a.example/v.mp4"), [{"type": "video", "video": {"link": "https://a.example/v.mp4"}}]),
    (Location(1.5, 2.5, "Shop", "Street 1"), [{"type": "location", "location": {
        "latitude": 1.5, "longitude": 2.5, "name": "Shop", "address": "Street 1"}}]),
    (ContactCard("Ada Byron", ("+49 1",), ("a@b",)), [{"type": "contacts", "contacts": [{
        "name": {"formatted_name": "Ada Byron", "first_name": "Ada"}, "phones": [{"phone": "+49 1"}],
        "emails": [{"email": "a@b"}]}]}]),
    (Card("Shoe", "Nice.", IMAGE, (Option("b", "Buy"),)), [{"type": "interactive", "interactive": {
        "type": "button", "header": {"type": "image", "image": {"link": "https://a.example/x.jpg"}},
        "body": {"text": "*Shoe*\nNice."},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "b", "title": "Buy"}}]}}}]),
    (Card("Shoe", "Nice.", IMAGE), [
        {"type": "image", "image": {"link": "https://a.example/x.jpg", "caption": "*Shoe*\nNice."}}]),
    (Card("Shoe", "Nice."), [{"type": "text", "text": {"body": "*Shoe*\nNice.", "preview_url": False}}]),
    (Template("hi", "en_US"), [{"type": "template", "template": {"name": "hi", "language": {"code": "en_US"}}}]),
    (Template("hi", "en", {"2": "b", "1": "a\nc", "header": {"image": {"link": "https://x"}}, "buttons": {"0": "p"}}), [
        {"type": "template", "template": {"name": "hi", "language": {"code": "en"}, "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://x"}}]},
            {"type": "body", "parameters": [{"type": "text", "text": "a c"}, {"type": "text", "text": "b"}]},
            {"type": "button", "sub_type": "quick_reply", "index": "0",
             "parameters": [{"type": "payload", "payload": "p"}]}]}}]),
    (Template("hi", "en", {"name": "Ada", "buttons": [{"url": "42"}]}), [
        {"type": "template", "template": {"name": "hi", "language": {"code": "en"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "parameter_name": "name", "text": "Ada"}]},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "42"}]}]}}]),
    (Choice("y", "Yes"), [{"type": "text", "text": {"body": "Yes", "preview_url": False}}]),
    (Form("f", "Order", ({"label": "Size"},)), [
        {"type": "text", "text": {"body": "*Order*\n\u2022 Size", "preview_url": False}}]),
    (FormReply({"a": 1}), [{"type": "text", "text": {"body": "a: 1", "preview_url": False}}]),
    (Unknown("x"), []),
    (Media("image"), []),
]  # fmt: skip


@pytest.mark.parametrize(("part", "calls"), GOLDEN)
def test_golden(part: Part, calls: list[dict[str, Any]]):
    assert payloads(part) == [TO | call for call in calls]


def test_whom_it_goes_to():
    assert payloads(Text("x"), thread="US.123")[0] | {"text": 0} == {
        "messaging_product": "whatsapp", "recipient_type": "individual", "recipient": "US.123", "type": "text",
        "text": 0,
    }  # fmt: skip
    group = payloads(Text("x"), thread="group:Y2F")[0]
    assert (group["recipient_type"], group["to"]) == ("group", "Y2F")
    with pytest.raises(Invalid):
        rendered(Text("x"), thread="")


def test_replies_and_reactions():
    first, second = payloads(Text("a"), Text("b"), reply_to="wamid.A")
    assert first["context"] == {"message_id": "wamid.A"} and "context" not in second
    (reaction,) = payloads(Reaction("\u2764"), reply_to="wamid.A")
    assert reaction == TO | {"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "\u2764"}}
    assert payloads(Reaction("\u2764", removed=True), reply_to="wamid.A")[0]["reaction"]["emoji"] == ""
    assert payloads(Reaction("\u2764")) == []


def test_sources_stand_under_the_words():
    (text,) = payloads(Text("Yes [1]."), sources="Sources:\n[1] Manual https://a.example/m_1")
    assert body_of(text) == "Yes [1].\n\nSources:\n[1] Manual https://a.example/m_1"
    (asked,) = payloads(Choices("Sure?", BUTTONS), sources="Sources:\n[1] A")
    assert body_of(asked) == "Sure?\n\nSources:\n[1] A"
    picture, below = payloads(IMAGE, sources="Sources:\n[1] A")
    assert picture["type"] == "image" and body_of(below) == "Sources:\n[1] A"


def test_uploads_go_where_their_ids_are_wanted():
    (photo,) = rendered(Media("image", file_id="F", mime="image/png", name="a\r\nb.png"))
    assert [(u.field, u.file_id, u.name, u.mime) for u in photo.uploads] == [("image", "F", "a_b.png", "image/png")]
    (card,) = rendered(Card("T", None, Media("image", file_id="F", mime="image/png"), BUTTONS))
    assert [u.field for u in card.uploads] == ["interactive.header.image"]
    assert card.payload["interactive"]["header"] == {"type": "image", "image": {}}


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ([Option(str(n), f"T{n}") for n in range(3)], "button"),
        ([Option(str(n), f"T{n}") for n in range(4)], "list"),
        ([Option(str(n), f"T{n}") for n in range(10)], "list"),
        ([Option(str(n), f"T{n}") for n in range(11)], "text"),
        ([Option("a", "x" * 20), Option("b", "y" * 20)], "button"),
        ([Option("a", "x" * 21), Option("b", "y")], "list"),
        ([Option("a", "Same"), Option("b", "Same")], "text"),
        ([Option("a", "x" * 40 + "1"), Option("b", "x" * 40 + "2")], "text"),
        ([Option("a", "A", url="https://a.example"), Option("b", "B", url="https://b.example")], "text"),
        ([Option("a", "A" * 21, url="https://a.example")], "text"),
    ],
)  # fmt: skip
def test_which_form_options_take(options: list[Option], shape: str):
    (call,) = payloads(Choices("Pick", tuple(options)))
    assert (call["interactive"]["type"] if call["type"] == "interactive" else "text") == shape
    for option in options:
        assert option.title in json.dumps(call)


def test_numbers_where_nothing_else_holds_the_options():
    options = (*(Option(f"id{n}", f"Fruit {n}") for n in range(11)), Option("s", "Shop", url="https://s.example"))
    (call,) = payloads(Choices("Pick one", options))
    lines = body_of(call).split("\n")
    assert lines[:4] == ["Pick one", "", "1. Fruit 0", "2. Fruit 1"]
    assert lines[-1] == "12. Shop: https://s.example"


@pytest.mark.parametrize("option_id", ["plain", "x" * 300, " spaced ", "\u00e4" * 150, "~tilde", ""])
def test_ids_come_back_as_they_were(option_id: str):
    options = (Option(option_id, "Title"), Option("other", "Other"))
    (call,) = payloads(Choices("?", options))
    presented = call["interactive"]["action"]["buttons"][0]["reply"]["id"]
    assert 0 < len(presented.encode()) <= 256 and presented == presented.strip()
    assert resolve_choice(Choice(presented, "Title"), [Choices("?", options)]).id == option_id


MARKS = [
    ("**bold** and *it* and ~~gone~~", "*bold* and _it_ and ~gone~"),
    ("`code` and\n\n```py\nx = 1\ny = 2\n```\n", "`code` and\n\n```x = 1\ny = 2```"),
    ("a **b *c* d** e", "a *b* *_c_* *d* e"),
    ("half**bold**word", "halfboldword"),
    ("**two\nlines**", "*two*\n*lines*"),
    ("**ends** .", "*ends* ."),
    ("[Shop](https://s.example/a_b)", "Shop (https://s.example/a_b)"),
    ("**[Shop](https://s.example)**", "*Shop (https://s.example)*"),
    ("<https://s.example>", "https://s.example"),
    ("> quoted\n> *more*", "> quoted\n> _more_"),
    ("# Title\n\n- a\n- b", "*Title*\n\n\u2022 a\n\u2022 b"),
    ("2 \\* 3 \\* 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
    ("<b>no html</b>", "<b>no html</b>"),
    ("**\u4f60\u597d**\u3002", "*\u4f60\u597d*\u3002"),
]


@pytest.mark.parametrize(("markdown", "shown"), MARKS)
def test_marks(markdown: str, shown: str):
    assert body_of(payloads(Text(markdown))[0]) == shown


def test_limits_hold_whatever_is_said():
    chance = random.Random(5)
    pieces = [
        "word ",
        "**bold** ",
        "`code x` ",
        "\U0001f600",
        "\n\n",
        "[l](https://a.example/" + "p" * 40 + ") ",
        "x" * 70,
    ]
    for _ in range(20):
        text = "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 1500)))
        parts: list[Part] = [
            Text(text), Choices(text, BUTTONS), Card("T" * 50, text, IMAGE, BUTTONS),
            Media("image", ref="5", caption=text), LocationRequest(text),
        ]  # fmt: skip
        for part in parts:
            for call in payloads(part):
                if call["type"] == "text":
                    assert 0 < measure(body_of(call), TextUnit.UTF16) <= 4096
                elif call["type"] == "interactive":
                    assert 0 < measure(body_of(call), TextUnit.UTF16) <= 1024
                else:
                    assert measure(call["image"].get("caption", ""), TextUnit.UTF16) <= 1024


def test_no_link_is_cut():
    link = "https://shop.example/" + "p" * 120
    calls = payloads(Text(" ".join(f"{'word ' * 7}[here]({link}{n})" for n in range(60))))
    told = "\n".join(body_of(call) for call in calls)
    assert len(calls) > 1
    for n in range(60):
        assert f"here ({link}{n})" in told


def test_marks_are_total():
    for text in ("", "*", "**", "```", "> ", "[", "](", "\x00\ud800", "- \n- ", "|a|b|\n|-|-|\n|1|2|"):
        to_marks(spelled_out(parse(text)))
    assert body_of(payloads(Text("a\x00b\ud800"))[0]) == "a\ufffdb\ufffd"


def loosened(spec: dict[str, Any]) -> dict[str, Any]:
    """Meta's document with what makes it refuse its own examples taken out: parts of an ``allOf`` that allow no
    properties but their own, and a degree that must be a string."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            told = {k: walk(v) for k, v in value.items() if not (k == "additionalProperties" and v is False)}
            return {} if str(told.get("description")).startswith(("The latitude", "The longitude")) else told
        return [walk(item) for item in value] if isinstance(value, list) else value

    schemas = walk(spec["components"]["schemas"])
    # Three schemas share the name MediaObject; of a template's the document kept the wrong one for messages.
    schemas["MediaObject"] = schemas["MediaObject_1"]
    return {"components": {"schemas": schemas}}


@pytest.mark.parametrize(("part", "name"), [
    (Text("Hi **you**"), "TextMessage"),
    (Media("image", ref="55", caption="c"), "ImageMessage"),
    (Media("image", url="https://a.example/x.jpg"), "ImageMessage"),
    (Media("video", ref="55", caption="c"), "VideoMessage"),
    (Media("document", ref="55", name="a.pdf"), "DocumentMessage"),
    (Media("audio", ref="55"), "AudioMessage"),
    (Media("sticker", ref="55", mime="image/webp"), "StickerMessage"),
    (Choices("Sure?", BUTTONS), "InteractiveMessage"),
    (Choices("Which?", tuple(Option(str(n), f"T{n}", "d") for n in range(9))), "InteractiveMessage"),
    (Card("Shoe", "Nice.", IMAGE, BUTTONS), "InteractiveMessage"),
    (Location(1.5, 2.5, "Shop"), "LocationMessage"),
    (ContactCard("Ada", ("+49 1",)), "ContactsMessage"),
])  # fmt: skip
def test_metas_schema_accepts_it(fixtures: Path, part: Part, name: str):
    spec = loosened(json.loads((fixtures / "specs" / "whatsapp-business-openapi-v23.json").read_text()))
    schema = {"$ref": f"#/components/schemas/{name}", **spec}
    for payload in payloads(part, reply_to="wamid.A"):
        jsonschema.validate(json.loads(json.dumps(payload)), schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in payload.items() if k != payload["type"]}, schema)


def test_shapes_are_those_of_metas_examples(fixtures: Path):
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(item) for key, item in value.items()}
        return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__

    def example(name: str) -> Any:
        return json.loads((fixtures / "outbound" / "whatsapp-openapi" / f"{name}.json").read_text())

    (text,) = payloads(Text("x"), reply_to="wamid.A")
    assert shape(text) == shape(example("Send_Reply_to_Text_Message"))
    (button,) = payloads(Choices("x", BUTTONS))
    assert shape(button) == shape(example("Send_Reply_Button"))
    (document,) = payloads(Media("document", ref="1", name="n", caption="c"))
    assert shape(document) == shape(example("Send_Document_Message_by_ID"))
    (location,) = payloads(Location(1.5, 2.5, "n", "a"))
    assert shape(location) == shape(example("Send_Location_Message"))
    (reaction,) = payloads(Reaction("\u2764"), reply_to="wamid.A")
    assert shape(reaction) == shape(example("Send_Reply_with_Reaction_Message"))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("", sent=False), (2.0, False, False)),
        (Fault(""), (None, False, True)),
        (Fault("", 200), (None, False, True)),
        (Fault("", 502), (None, False, True)),
        (Fault("", 503), (2.0, False, False)),
        (Fault("", 429, retry_after=30), (30, False, False)),
        (Fault("", 400, 131056), (6.0, False, False)),
        (Fault("", 400, 130429, retry_after=9), (9, False, False)),
        (Fault("", 400, 80007, retry_after=0), (1.0, False, False)),
        (Fault("", 500, 131000), (2.0, False, False)),
        (Fault("", 400, 2, passing=True), (2.0, False, False)),
        (Fault("", 401, 190), (None, True, False)),
        (Fault("", 400, 100), (None, True, False)),
        (Fault("", 400, 131047), (None, True, False)),
    ],
)
def test_faults_as_results(fault: Fault, expected: tuple[float | None, bool, bool]):
    result = result_of(fault)
    assert (result.retry_after, result.permanent, result.ambiguous) == expected
    assert not result.ok and result.error and result.code


async def test_without_a_session_sending_says_so(clock: Any):
    channel = WhatsAppChannel(session=None, clock=clock)
    credentials = {"phone_number_id": "1", "access_token": "t", "app_secret": "s", "verify_token": "v"}
    with pytest.raises(Unavailable):
        await channel.send(credentials, Request("messages", {}), key="k")
    with pytest.raises(Unavailable):
        await channel.fetch_media(credentials, Media("image", ref="1"))
    (upload,) = rendered(Media("image", file_id="F"))
    assert (await channel.send(credentials, upload, key="k")).permanent
