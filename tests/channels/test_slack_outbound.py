"""What each part looks like in Slack, and that nothing passes its limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.rendering.mrkdwn import to_mrkdwn
from adapters.rendering.parse import parse
from adapters.slack.outbound import render, render_delete, render_edit
from hub.core.channels import Request
from hub.core.choices import resolve_choice
from hub.core.errors import Invalid
from hub.core.ids import MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    AuthorKind,
    Card,
    Choice,
    Choices,
    ContactCard,
    Location,
    LocationRequest,
    Media,
    Option,
    Outbound,
    Part,
    Text,
)
from hub.simulator.slack.schema import check_blocks, check_call, check_metadata

ID = MessageId(uuid7())


def outbound(*parts: Part, thread: str = "D1", **more: Any) -> Outbound:
    return Outbound(ID, "row-1", ThreadKey(thread), parts, **more)


def shown(*parts: Part, **more: Any) -> list[dict[str, Any]]:
    requests = render(outbound(*parts, **more))
    for request in requests:
        if request.method == "chat.postMessage":
            params = check_call(request.method, json.loads(json.dumps(request.payload)), form=False)
            check_blocks(params.get("blocks", []))
            check_metadata(params["metadata"])
    return [dict(request.payload) for request in requests]


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("**b** *i* ~~s~~ `c`", "*b* _i_ ~s~ `c`"),
        ("***both***", "*_both_*"),
        ("# Head\n\ntext", "*Head*\n\ntext"),
        ("[docs](https://a.example/?a=1&b=2) & <b>", "<https://a.example/?a=1&amp;b=2|docs> &amp; &lt;b&gt;"),
        ("**[x|y](https://a.example/p|q)**", "*<https://a.example/p%7Cq|x/y>*"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("- a\n- b\n\n1. c", "\u2022 a\n\u2022 b\n\n1. c"),
        ("> q **b**\n> r", "> q *b*\n> r"),
        ("a\n\n```py\nx = '<y>'\n```\nz", "a\n\n```\nx = '&lt;y&gt;'\n```\n\nz"),
        ("un**frigging**real", "un\u200b*frigging*\u200breal"),
        ("**two\nlines**", "*two*\n*lines*"),
        ("**A**, *b*.", "*A*, _b_."),
        ("![alt](https://a.example/i.png)", "alt"),
        ("[bad](javascript:x)", "[bad](javascript:x)"),
    ],
)  # fmt: skip
def test_mrkdwn(markdown: str, written: str):
    assert to_mrkdwn(parse(markdown)) == written


def test_a_text_with_its_key_and_nothing_unfurled():
    (payload,) = shown(Text("Hello **you**"), thread="C1:1760000000.000100")
    assert payload == {
        "channel": "C1",
        "thread_ts": "1760000000.000100",
        "text": "Hello *you*",
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": "switchboard_message", "event_payload": {"key": "row-1", "part": 0}},
    }


def test_sources_stand_under_the_last_words():
    (payload,) = shown(Text("See [1]."), sources="Sources:\n[1] A & B, p. 3 https://a.example/x")
    assert payload["text"] == "See [1].\n\nSources:\n[1] A &amp; B, p. 3 https://a.example/x"
    first, second = shown(Text("word " * 590), sources="Sources:\n" + "[1] Title\n" * 20)
    assert "Sources" not in first["text"] and second["text"].startswith("Sources:")
    (asked,) = shown(Choices("Ask?", (Option("p", "Person"),)), sources="Sources:\n[1] A")
    assert asked["blocks"][0]["text"]["text"] == "Ask?\n\nSources:\n[1] A"


def test_choices_are_buttons_then_a_menu_then_numbers():
    few = (
        Option("a", "A"),
        Option("b" * 3000, "B" * 100, description="more"),
        Option("w", "Web", url="https://a.example"),
    )
    (payload,) = shown(Choices("Which?", few))
    assert payload["text"] == payload["blocks"][0]["text"]["text"]
    assert payload["text"].startswith("Which?\n\n*" + "B" * 100 + "*: more")
    first, second, link = payload["blocks"][1]["elements"]
    assert (first["value"], first["text"]["text"], first["action_id"]) == ("a", "A", "choice_0")
    assert len(second["text"]["text"]) == 75
    assert resolve_choice(Choice(second["value"]), [Choices("Which?", few)]).id == few[1].id
    assert (link["url"], link["action_id"], "value" in link) == ("https://a.example", "link_2", False)
    (menu,) = shown(Choices("Which?", tuple(Option(f"{n}" * 80, f"Title {n}") for n in range(26))))
    (select,) = menu["blocks"][1]["elements"]
    assert (select["type"], len(select["options"])) == ("static_select", 26)
    numbered = shown(Choices("Which?", tuple(Option(f"{n}", f"Title {n}") for n in range(101))))
    assert "101. Title 100" in numbered[-1]["text"] and "blocks" not in numbered[-1]
    (bare,) = shown(Choices("", (Option("a", "A"),)))
    assert [block["type"] for block in bare["blocks"]] == ["actions"] and bare["text"]


def test_a_card_with_and_without_a_public_picture():
    card = Card("Bike", "**Red**", Media("image", url="https://a.example/b.png"), (Option("buy", "Buy"),))
    (payload,) = shown(card)
    assert [block["type"] for block in payload["blocks"]] == ["section", "image", "actions"]
    assert payload["text"] == "*Bike*\n*Red*"
    assert payload["blocks"][1] == {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "Bike"}
    requests = render(outbound(Card("Bike", image=Media("image", file_id="f1", name="b.png", mime="image/png"))))
    assert [request.method for request in requests] == ["files.upload", "chat.postMessage"]


def test_media_as_uploads_pictures_and_links():
    (upload,) = render(
        outbound(Media("document", file_id="f1", name='a"/\n.pdf', caption="**Here**"), thread="C1:1.000001")
    )
    assert (upload.method, upload.uploads[0].file_id, upload.uploads[0].name) == ("files.upload", "f1", "a_.pdf")
    assert upload.payload == {"channel": "C1", "thread_ts": "1.000001", "initial_comment": "*Here*"}
    (picture,) = shown(Media("image", url="https://a.example/i.png", name="i.png"))
    assert picture["blocks"] == [{"type": "image", "image_url": "https://a.example/i.png", "alt_text": "i.png"}]
    assert picture["text"] == "i.png"
    (link,) = shown(Media("video", url="https://a.example/v.mp4", name="v.mp4", caption="Look"))
    assert link["text"] == "Look\n<https://a.example/v.mp4|v.mp4>"
    assert shown(Media("video", url="javascript:x")) == []


def test_places_contacts_and_requests():
    (place,) = shown(Location(52.5, 13.4, name="Office"))
    assert place["text"].endswith("|Office>") and "mlat=52.500000" in place["text"]
    (contact,) = shown(ContactCard("Zoe", phones=("+1 2",), emails=("z@a.example",)))
    assert contact["text"] == "*Zoe*\n+1 2\nz@a.example"
    assert shown(LocationRequest("Where are you?"))[0]["text"] == "Where are you?"


def test_replies_and_agents():
    (reply,) = shown(Text("x"), thread="C1", reply_to=PlatformId("C1:1760000000.000100"))
    assert reply["thread_ts"] == "1760000000.000100"
    assert "thread_ts" not in shown(Text("x"), thread="D1", reply_to=PlatformId("D1:1760000000.000100"))[0]
    assert "thread_ts" not in shown(Text("x"), thread="C1", reply_to=PlatformId("C2:1760000000.000100"))[0]
    assert shown(Text("x"), author=AuthorKind.AGENT, author_name="Zoe")[0]["username"] == "Zoe"
    assert "username" not in shown(Text("x"), author_name="Bot")[0]


@pytest.mark.parametrize(
    "words", ["word & more ", "**bold** ", "[link](https://a.example/some/long/path) ", "`co de` ", "x"]
)
def test_long_texts_are_cut_to_sections(words: str):
    payloads = shown(Text(words * 2000), Choices(words * 2000, (Option("a", "A"),)))
    assert len(payloads) >= 2 and all(0 < len(payload["text"]) <= 3000 for payload in payloads)
    assert [payload["metadata"]["event_payload"]["part"] for payload in payloads] == list(range(len(payloads)))
    for payload in payloads:
        assert payload["text"].count("<http") == payload["text"].count("|link>")
        assert payload["text"].count("`") % 2 == 0 and payload["text"].count("*") % 2 == 0


def test_edits_and_deletions():
    edit, follow = render_edit(outbound(Text("word " * 900)), PlatformId("D1:1760000000.000100"))
    assert (edit.method, edit.payload["ts"], edit.payload["blocks"]) == ("chat.update", "1760000000.000100", [])
    assert follow.method == "chat.postMessage"
    expected = Request("chat.delete", {"channel": "D1", "ts": "1760000000.000100"})
    assert render_delete(ThreadKey("D1"), PlatformId("D1:1760000000.000100")) == [expected]
    with pytest.raises(Invalid):
        render_delete(ThreadKey("D1"), PlatformId("file:F1"))
    with pytest.raises(Invalid):
        render(outbound(Text("x"), thread="no such thread!"))
