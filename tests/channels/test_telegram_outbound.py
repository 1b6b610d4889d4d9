"""Messages become the Bot API calls that show them best, each valid by Telegram's own specification."""

from __future__ import annotations

import dataclasses
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.rendering.split import measure
from adapters.telegram.capabilities import CAPABILITIES
from adapters.telegram.outbound import render, render_delete, render_edit
from adapters.telegram.setup import set_webhook
from hub.core.channels import Request, TextUnit, Upload
from hub.core.choices import resolve_choice, short_id
from hub.core.errors import Invalid
from hub.core.ids import MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    Card,
    Choice,
    Choices,
    ContactCard,
    Form,
    Location,
    LocationRequest,
    Media,
    Option,
    Outbound,
    Part,
    Reaction,
    Text,
)  # fmt: skip

OFF = {"is_disabled": True}


def out(*parts: Part, thread: str = "42", reply_to: str | None = None) -> Outbound:
    reply = PlatformId(reply_to) if reply_to else None
    return Outbound(id=MessageId(uuid7()), key="k1", thread=ThreadKey(thread), parts=parts, reply_to=reply)


def html(markdown: str) -> str:
    (request,) = render(out(Text(markdown)))
    return str(request.payload["text"])


class Telegram(HTMLParser):
    """Reads HTML as the Bot API does: known tags, well nested, or refused."""

    KNOWN = frozenset({"b", "i", "s", "a", "code", "pre", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.KNOWN, tag
        assert "pre" not in self.open or tag == "code"
        assert not ("code" in self.open or (tag == "blockquote" and "blockquote" in self.open))
        assert all(name in ("href", "class") for name, _ in attrs)
        self.open.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(markup: str) -> Telegram:
    parser = Telegram()
    parser.feed(markup)
    parser.close()
    assert not parser.open
    return parser


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("plain", "plain"),
        ("1 < 2 & 3 > 2 \"q\"", "1 &lt; 2 &amp; 3 &gt; 2 &quot;q&quot;"),
        ("**a _b_** ~~c~~", "<b>a <i>b</i></b> <s>c</s>"),
        ("# Head\n\ntext", "<b>Head</b>\n\ntext"),
        ("- a\n- b\n  1. c", "\u2022 a\n\u2022 b\n  1. c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("`x<y`", "<code>x&lt;y</code>"),
        ("```py\na\n```", '<pre><code class="language-py">a</code></pre>'),
        ("**bold `code`**", "<b>bold </b><code>code</code>"),
        ("> q\n> `c`\n\nr", "<blockquote>q\n<code>c</code></blockquote>\n\nr"),
        ("[l](https://a.example/?x=1&y=2)", '<a href="https://a.example/?x=1&amp;y=2">l</a>'),
        ("[l **b**](https://a.example)", '<a href="https://a.example">l <b>b</b></a>'),
        ("![alt](https://evil.example/p.png)", "alt"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("[m](mailto:a@b.example)", "m (a@b.example)"),
        ("[f](ftp://a.example)", "f"),
        ("|a|b|\n|-|-|\n|1|two|", "<pre>a  b\n1  two</pre>"),
        ("a\nb", "a\nb"),
    ],
)  # fmt: skip
def test_markdown_becomes_telegram_html(markdown: str, expected: str):
    assert html(markdown) == expected


@given(st.text(alphabet="ab<>&\"'*_`~[]()!#->|\n 1.😀é\\", max_size=400))
@settings(max_examples=400, deadline=None)
def test_any_markdown_is_well_formed_html(markdown: str):
    for request in render(out(Text(markdown))):
        shown = read(str(request.payload["text"]))
        assert "".join(shown.words).strip(), "Telegram refuses a message without words"


@given(
    st.lists(
        st.sampled_from(["word ", "**bold** ", "😀😀😀 ", "`code` ", "[l](https://a.example) ", "x" * 900, "\n\n"]),
        max_size=60,
    ),
    st.integers(1, 4),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_long_text_is_split_within_the_limits_and_nothing_is_lost(pieces: list[str], times: int):
    markdown = "".join(pieces) * times
    requests = render(out(Text(markdown)))
    seen = [read(str(request.payload["text"])) for request in requests]
    for part in seen:
        words = "".join(part.words)
        assert 1 <= measure(words, TextUnit.UTF16) <= 4096
        assert words == words.strip()
        assert part.entities <= 100
    wanted = markdown.replace("**", "").replace("`", "").replace("[l](https://a.example)", "l")
    assert "".join("".join("".join(p.words).split()) for p in seen) == "".join(wanted.split())


def test_astral_characters_count_twice():
    requests = render(out(Text("😀" * 3000)))
    assert [measure(str(r.payload["text"]), TextUnit.UTF16) for r in requests] == [4096, 1904]


def test_topic_business_and_reply_are_addressed():
    (request,) = render(out(Text("a"), thread="-100:7", reply_to="-100:5"))
    assert request == Request("sendMessage", {
        "chat_id": -100, "message_thread_id": 7, "text": "a", "parse_mode": "HTML", "link_preview_options": OFF,
        "reply_parameters": {"message_id": 5, "allow_sending_without_reply": True},
    })  # fmt: skip
    (business,) = render(out(Text("a"), thread="42~bc_1"))
    assert (business.payload["chat_id"], business.payload["business_connection_id"]) == (42, "bc_1")
    (elsewhere,) = render(out(Text("a"), reply_to="99:5"))
    assert "reply_parameters" not in elsewhere.payload


def test_choices_become_an_inline_keyboard():
    long = "order/" + "9" * 90
    options = (Option("yes", "Yes"), Option(long, "No"), Option("u", "Shop", url="https://shop.example"))
    (request,) = render(out(Choices("Sure?", options)))
    assert request.payload["reply_markup"] == {"inline_keyboard": [
        [{"text": "Yes", "callback_data": "yes"}, {"text": "No", "callback_data": short_id(long, 64)}],
        [{"text": "Shop", "url": "https://shop.example"}],
    ]}  # fmt: skip


@given(st.text(min_size=0, max_size=200), st.text(min_size=1, max_size=20))
def test_an_id_of_any_length_fits_and_is_found_again(option_id: str, title: str):
    offered = (Choices("?", (Option("decoy", "decoy"), Option(option_id, title))),)
    data = short_id(option_id, 64)
    assert 1 <= len(data.encode("utf-8", "replace")) <= 64
    assert resolve_choice(Choice(data), offered).id == option_id


def test_an_id_that_looks_shortened_cannot_pose_as_another():
    victim = "v" * 100
    assert short_id(short_id(victim, 64), 64) != short_id(victim, 64)


def test_a_choice_is_found_by_its_title_and_otherwise_left_alone():
    offered = (Choices("?", (Option("a", "Apple"),)),)
    assert resolve_choice(Choice("gone", "Apple"), offered) == Choice("a", "Apple")
    assert resolve_choice(Choice("gone", "Pear"), offered) == Choice("gone", "Pear")


@pytest.mark.parametrize(
    ("media", "method", "field"),
    [
        (Media("image", ref="F", mime="image/jpeg"), "sendPhoto", "photo"),
        (Media("image", ref="F", mime="image/svg+xml"), "sendDocument", "document"),
        (Media("image", ref="F", mime="image/png", size=20_000_000), "sendDocument", "document"),
        (Media("audio", ref="F", mime="audio/mpeg"), "sendAudio", "audio"),
        (Media("voice", ref="F", mime="audio/ogg; codecs=opus"), "sendVoice", "voice"),
        (Media("video", url="https://a.example/v.mp4"), "sendVideo", "video"),
        (Media("animation", ref="F"), "sendAnimation", "animation"),
        (Media("sticker", ref="F"), "sendSticker", "sticker"),
        (Media("something", ref="F"), "sendDocument", "document"),
    ],
)
def test_media_methods(media: Media, method: str, field: str):
    (request,) = render(out(media))
    assert (request.method, request.payload[field]) == (method, media.ref or media.url)


def test_stored_file_is_uploaded_under_a_safe_name():
    (request,) = render(
        out(Media("document", file_id="f1", mime="text/plain", name='../a\r\n"b".txt', caption="**c**"))
    )
    assert request.uploads == (Upload("document", "f1", "_a_b_.txt", "text/plain"),)
    assert "document" not in request.payload
    assert request.payload["caption"] == "<b>c</b>"


def test_caption_beyond_its_limit_follows_as_text():
    first, second = render(out(Media("image", ref="F", caption="word " * 300)))
    assert "caption" not in first.payload
    assert (second.method, second.payload["text"]) == ("sendMessage", ("word " * 300).strip())


def test_card_with_and_without_a_picture():
    card = Card("Shoe", "Red *leather*", Media("image", ref="F"), (Option("buy", "Buy"),))
    (request,) = render(out(card))
    assert (request.method, request.payload["caption"]) == ("sendPhoto", "<b>Shoe</b>\nRed <i>leather</i>")
    assert request.payload["reply_markup"] == {"inline_keyboard": [[{"text": "Buy", "callback_data": "buy"}]]}
    (plain,) = render(out(Card("Shoe")))
    assert (plain.method, plain.payload["text"]) == ("sendMessage", "<b>Shoe</b>")


def test_sources_stand_under_the_last_words_and_above_their_buttons():
    sources = "Sources:\n[1] Care *guide*, p. 3 https://shop.example/care_guide_2"
    told = dataclasses.replace(out(Text("Wash it."), Choices("More?", (Option("p", "A person"),))), sources=sources)
    first, last = render(told)
    assert first.payload["text"] == "Wash it."
    assert last.payload["text"] == f"More?\n\n{sources}"
    assert last.payload["reply_markup"]["inline_keyboard"][0][0]["text"] == "A person"
    assert render_edit(told, PlatformId("42:7"))[1].payload["text"] == f"More?\n\n{sources}"
    (alone,) = render(dataclasses.replace(out(), sources=sources))
    assert alone.payload["text"] == sources


def test_edit_and_delete():
    (edit,) = render_edit(out(Text("**new**")), PlatformId("42:9"))
    assert edit == Request("editMessageText", {
        "chat_id": 42, "message_id": 9, "text": "<b>new</b>", "parse_mode": "HTML", "link_preview_options": OFF,
    })  # fmt: skip
    (caption,) = render_edit(out(Media("image", ref="F", caption="c")), PlatformId("42:9"))
    assert (caption.method, caption.payload["caption"]) == ("editMessageCaption", "c")
    assert render_delete(ThreadKey("42"), PlatformId("42:9")) == [
        Request("deleteMessage", {"chat_id": 42, "message_id": 9})
    ]
    with pytest.raises(Invalid):
        render_edit(out(Text("x")), PlatformId("inline:abc"))


def test_foreign_thread_is_refused_and_nothing_to_show_is_nothing():
    with pytest.raises(Invalid):
        render(out(Text("a"), thread="C0123/17.5"))
    assert render(out(Text("  \n "), Reaction("👍"))) == []


EVERY_PART: list[Part] = [
    Text("Hello **you** [here](https://a.example)"), Text("word " * 3000), Choices("Pick", (Option("a", "A", "why"),)),
    Choices("", (Option("a", "A"),)), Choice("a", "A"), Location(1.0, 2.0), Location(1.0, 2.0, "Shop", "Street"),
    ContactCard("Bo", ("+1",), ("b@c.example",)), ContactCard("Bo", (), ("b@c.example",)), Card("T", "x"),
    Card("T", "x " * 900, Media("image", ref="F"), (Option("a", "A"),)), LocationRequest("Where?"),
    Form("f", "Fill in"), *(Media(kind, file_id="f", caption="c") for kind in CAPABILITIES.media),
]  # fmt: skip


def check(specification: dict[str, Any], request: Request) -> None:
    method = specification["methods"][request.method]
    fields = {f["name"]: f for f in method["fields"]}
    given_names = set(request.payload) | {u.field for u in request.uploads}
    assert given_names <= set(fields), (request.method, given_names - set(fields))
    assert {n for n, f in fields.items() if f["required"]} <= given_names, request.method
    for name, value in request.payload.items():
        conform(specification, value, fields[name]["types"], f"{request.method}.{name}")


def conform(specification: dict[str, Any], value: Any, types: list[str], where: str) -> None:
    if isinstance(value, dict):
        known = [specification["types"][t]["fields"] for t in types if "fields" in specification["types"].get(t, {})]
        fit = [f for f in known if set(value) <= {x["name"] for x in f}
               and {x["name"] for x in f if x["required"]} <= set(value)]  # fmt: skip
        assert fit, (where, value)
        for field in fit[0]:
            if field["name"] in value:
                conform(specification, value[field["name"]], field["types"], f"{where}.{field['name']}")
    elif isinstance(value, list):
        inner = [t.removeprefix("Array of ") for t in types if t.startswith("Array of ")]
        assert inner, where
        for item in value:
            conform(specification, item, inner, where)
    else:
        allowed = {"Integer": int, "Float": (int, float), "String": str, "Boolean": bool}
        assert any(isinstance(value, allowed[t]) for t in types if t in allowed), (where, value, types)


def test_every_call_is_valid_by_the_published_specification(fixtures: Path):
    specification = json.loads((fixtures / "specs" / "telegram-bot-api-10.1.json").read_text())
    checked = 0
    for thread in ("42", "-100:7", "-100:dm8", "42~bc_1"):
        for part in EVERY_PART:
            for request in render(out(part, thread=thread, reply_to="42:5" if thread == "42" else None)):
                check(specification, request)
                checked += 1
        for part in (Text("a"), Media("image", ref="F", caption="c")):
            for request in render_edit(out(part, thread=thread), PlatformId("42:9")):
                check(specification, request)
        for request in render_delete(ThreadKey(thread), PlatformId("42:9")):
            check(specification, request)
    check(specification, set_webhook({"secret_token": "s"}, "https://hub.example/webhooks/telegram/1"))
    assert checked > 100
