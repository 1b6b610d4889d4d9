"""How each part of a message looks as a call of the Send API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.messenger.outbound import action, messaging_type, render
from hub.core.channels import Upload, Window
from hub.core.choices import resolve_choice, typed_choice
from hub.core.errors import Invalid
from hub.core.ids import MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    AuthorKind,
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
    Text,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = "0199aabb-0000-7000-8000-00000000abcd"
SHOP = Option("shop", "Shop", url="https://shop.example")


def calls(*parts: Part, thread: str = "42", window: Window | None = None, **said: Any) -> list[dict[str, Any]]:
    message = Outbound(MessageId(uuid7()), KEY, ThreadKey(thread), parts, **said)
    requests = render(message, window, NOW)
    assert list(render(message, window, NOW)) == list(requests)
    assert all(request.method == "messages" for request in requests)
    return [json.loads(json.dumps(dict(request.payload))) for request in requests]


def messages(*parts: Part, **said: Any) -> list[dict[str, Any]]:
    told = [call["message"] for call in calls(*parts, **said)]
    assert all(message.pop("metadata") == KEY for message in told)
    return told


def quick(title: str, payload: str) -> dict[str, str]:
    return {"content_type": "text", "title": title, "payload": payload}


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def test_the_whole_call():
    assert calls(Text("Hi"), reply_to=PlatformId("m_1")) == [
        {
            "recipient": {"id": "42"},
            "messaging_type": "RESPONSE",
            "message": {"text": "Hi", "metadata": KEY},
            "reply_to": {"mid": "m_1"},
        }
    ]
    assert calls(Text("Hi"), thread="ref:U1")[0]["recipient"] == {"user_ref": "U1"}
    with pytest.raises(Invalid):
        calls(Text("Hi"), thread="")
    sign = action(ThreadKey("42"), "typing_on")
    assert sign is not None and sign.payload == {"recipient": {"id": "42"}, "sender_action": "typing_on"}


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**Bold** and _soft_ `code`", "Bold and soft code"),
        ("See [the *manual*](https://a.example/m) now", "See the manual (https://a.example/m) now"),
        ("<https://a.example>", "https://a.example"),
        ("<b>raw</b> ![pic](https://a.example/p.png)", "<b>raw</b> pic"),
        ("- one\n- two\n\n1. first", "\u2022 one\n\u2022 two\n\n1. first"),
    ],
)
def test_markdown_leaves_words_and_addresses(markdown: str, plain: str):
    assert messages(Text(markdown)) == [{"text": plain}]


def test_sources_stand_under_the_last_words():
    told = messages(Text("A"), Choices("B", (Option("y", "Yes"),)), sources="Sources: 1. Manual")
    assert told == [{"text": "A"}, {"text": "B\n\nSources: 1. Manual", "quick_replies": [quick("Yes", "y")]}]
    picture = Media("image", url="https://a.example/p.png")
    assert messages(picture, sources="Sources: 1. Manual")[-1] == {"text": "Sources: 1. Manual"}


def test_long_text_is_cut_at_2000_and_never_inside_a_link():
    link = "[manual](https://a.example/" + "m" * 60 + ")"
    told = messages(Text(("word " * 380) + f"see {link} and " + "more " * 500))
    texts = [message["text"] for message in told]
    assert len(texts) > 1 and all(0 < len(text) <= 2000 for text in texts)
    assert any("manual (https://a.example/" + "m" * 60 + ")" in text for text in texts)
    assert "".join(texts).replace(" ", "").count("word") == 380
    assert all(len(m["text"].encode("utf-16-le")) <= 4000 for m in messages(Text("\U0001f600" * 3000)))


def test_choices_are_quick_replies_and_buttons_where_one_is_a_link():
    assert messages(Choices("Sure?", (Option("y", "Yes"), Option("n", "No")))) == [
        {"text": "Sure?", "quick_replies": [quick("Yes", "y"), quick("No", "n")]}
    ]
    assert messages(Choices("Sure?", (Option("y", "Yes"), SHOP))) == [
        template(
            template_type="button",
            text="Sure?",
            buttons=[
                {"type": "postback", "title": "Yes", "payload": "y"},
                {"type": "web_url", "title": "Shop", "url": "https://shop.example"},
            ],
        )
    ]
    (long,) = messages(Choices("w" * 700, (Option("y", "Yes"), SHOP)))
    assert long["text"] == "w" * 700 + "\n\nShop: https://shop.example"
    assert long["quick_replies"] == [quick("Yes", "y")]


def test_titles_that_do_not_fit_are_listed_by_number():
    options = (Option("a", "Return a damaged parcel"), Option("b", "Return a damaged letter"))
    (told,) = messages(Choices("What?", options))
    assert told["text"] == "What?\n\n1. Return a damaged parcel\n2. Return a damaged letter"
    titles = [reply["title"] for reply in told["quick_replies"]]
    assert titles == ["1. Return a damaged\u2026", "2. Return a damaged\u2026"]
    assert all(len(title) <= 20 for title in titles)


def test_more_than_thirteen_options_are_all_named():
    options = tuple(Option(f"o{n}", f"Option {n}") for n in range(1, 16))
    (told,) = messages(Choices("Which?", options))
    assert "15. Option 15" in told["text"] and len(told["quick_replies"]) == 13
    assert told["quick_replies"][12] == quick("13. Option 13", "o13")
    assert typed_choice(" 15. ", [Choices("Which?", options)]) == Choice("o15", "Option 15")
    (mixed,) = messages(Choices("Which?", (SHOP, *options)))
    assert "2. Option 1\n" in mixed["text"]
    assert typed_choice("2", [Choices("Which?", (SHOP, *options))]) == Choice("o1", "Option 1")
    for text in ("0", "1", "17", "15 please", "x", ""):
        assert typed_choice(text, [Choices("Which?", (SHOP, *options))]) is None


def test_a_long_id_comes_back_as_the_option():
    options = (Option("x" * 1500, "Yes"),)
    (told,) = messages(Choices("Sure?", options))
    payload = told["quick_replies"][0]["payload"]
    assert len(payload) <= 1000
    assert resolve_choice(Choice(payload, "Yes"), [Choices("Sure?", options)]).id == "x" * 1500


def test_cards_and_their_fallback():
    image = Media("image", url="https://a.example/l.png")
    assert messages(Card("Lamp", "*Bright*", image, (Option("b", "Buy"), SHOP))) == [
        template(
            template_type="generic",
            elements=[
                {
                    "title": "Lamp",
                    "subtitle": "Bright",
                    "image_url": "https://a.example/l.png",
                    "buttons": [
                        {"type": "postback", "title": "Buy", "payload": "b"},
                        {"type": "web_url", "title": "Shop", "url": "https://shop.example"},
                    ],
                }
            ],
        )
    ]
    picture, words = messages(Card("Lamp", "Bright " * 30, image, (Option("b", "Buy"),)))
    assert picture["attachment"]["payload"]["url"] == "https://a.example/l.png"
    assert words["text"].startswith("Lamp\n\nBright") and words["quick_replies"] == [quick("Buy", "b")]
    assert messages(Card("Lamp")) == [{"text": "Lamp"}]


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (Media("image", url="https://a.example/x", mime="image/png"), "image"),
        (Media("image", url="https://a.example/x", mime="image/tiff"), "file"),
        (Media("voice", url="https://a.example/x", mime="audio/ogg"), "file"),
        (Media("voice", url="https://a.example/x", mime="audio/mpeg"), "audio"),
        (Media("document", url="https://a.example/x"), "file"),
        (Media("sticker", url="https://a.example/x"), "image"),
    ],
)
def test_media_by_link(media: Media, kind: str):
    told = {"attachment": {"type": kind, "payload": {"url": "https://a.example/x", "is_reusable": False}}}
    assert messages(media) == [told]


def test_media_by_id_upload_and_too_large():
    assert messages(Media("image", ref="998877")) == [
        {"attachment": {"type": "image", "payload": {"attachment_id": "998877"}}}
    ]
    paper = Media("document", file_id="f1", mime="application/pdf", name='a/"b"\n.pdf', caption="**Read** it")
    message = Outbound(MessageId(uuid7()), KEY, ThreadKey("42"), (paper,))
    upload, caption = render(message, None, NOW)
    assert upload.uploads == (Upload("filedata", "f1", "a_b_.pdf", "application/pdf"),)
    assert caption.payload["message"]["text"] == "Read it"
    (told,) = messages(Media("video", url="https://a.example/v", name="tour.mp4", size=26_000_000))
    assert "25 MB" in told["text"] and "https://a.example/v" in told["text"]


def test_what_has_no_form_of_its_own_is_said_in_words():
    assert messages(Location(52.5, 13.4, "Home", "Street 1")) == [
        {"text": "Home\nStreet 1\nhttps://www.openstreetmap.org/?mlat=52.500000&mlon=13.400000"}
    ]
    assert messages(LocationRequest("Where?"), ContactCard("Ada", ("+49 1",), ("a@b.example",))) == [
        {"text": "Where?"},
        {"text": "Ada\n+49 1\na@b.example"},
    ]
    assert messages(Choice("y", "Yes"), Form("f", "Your order"), FormReply({"size": "L"})) == [
        {"text": "Yes"},
        {"text": "Your order"},
        {"text": "size: L"},
    ]


@pytest.mark.parametrize(
    ("author", "hours_left", "tagged"),
    [
        (AuthorKind.AGENT, 1, False), (AuthorKind.AGENT, 0, True), (AuthorKind.AGENT, -143, True),
        (AuthorKind.AGENT, -145, False), (AuthorKind.BOT, -1, False), (AuthorKind.SYSTEM, -1, False),
        (AuthorKind.AGENT, None, False),
    ],
)  # fmt: skip
def test_the_tag_is_for_a_persons_late_answer_alone(author: AuthorKind, hours_left: int | None, tagged: bool):
    until = None if hours_left is None else NOW + timedelta(hours=hours_left)
    expected = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if tagged else {"messaging_type": "RESPONSE"}
    assert messaging_type(author, Window(until), NOW) == expected
    (call,) = calls(Text("x"), window=Window(until), author=author)
    assert {k: v for k, v in call.items() if k in ("messaging_type", "tag")} == expected
