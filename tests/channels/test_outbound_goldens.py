"""Every part on every channel, rendered and compared with what was read by a person and found right.

``HUB_TEST_WRITE_GOLDENS=1`` writes the files anew; read the difference before it is committed. The forms themselves are
held to the platforms' published schemas in each channel's own tests.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest

from adapters.registry import open_channel
from hub.core.channels import Request
from hub.core.ids import DeliveryId, MessageId, PlatformId, ThreadKey
from hub.core.messages import (
    Alias,
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
    Reaction,
    Template,
    Text,
    Unknown,
)

FOLDER = Path(__file__).parent / "goldens"
THREADS = {"telegram": "42", "whatsapp": "491701234567", "messenger": "2400", "slack": "D024BE91L", "webchat": "c-1"}
REPLIED = {
    "telegram": "42:5",
    "whatsapp": "wamid.HBg",
    "messenger": "m_5",
    "slack": "D024BE91L:1700000000.000100",
    "webchat": "m-5",
}
FEW = tuple(Option(f"o{n}", f"Option {n}") for n in range(1, 4))
SOME = tuple(Option(f"o{n}", f"Option {n}", f"What option {n} is") for n in range(1, 8))
MANY = tuple(Option(f"o{n}", f"Option {n}") for n in range(1, 31))
PICTURE = Media("image", url="https://shop.example/shoe.jpg", mime="image/jpeg", caption="A *shoe*")
SAMPLES: dict[str, Part] = {
    "text": Text(
        "# Prices\n\n**Two** kinds, see [the list](https://shop.example/prices?a=1&b=2):\n\n- *plain*, `A1`\n- ~~old~~"
    ),
    "text, code": Text("Run:\n\n```sh\nmake up && echo '<ok>'\n```\n\n> as told"),
    "choices, three": Choices("Which **one**?", FEW),
    "choices, seven with descriptions": Choices("Which one?", SOME),
    "choices, thirty": Choices("Which one?", MANY),
    "choices, a link": Choices("More?", (Option("yes", "Yes"), Option("see", "See", url="https://shop.example/"))),
    "choice": Choice("o1", "Option 1"),
    "image": PICTURE,
    "video": Media("video", url="https://shop.example/how.mp4", mime="video/mp4"),
    "audio": Media("audio", url="https://shop.example/hello.mp3", mime="audio/mpeg"),
    "voice": Media("voice", url="https://shop.example/hello.ogg", mime="audio/ogg"),
    "document": Media("document", url="https://shop.example/terms.pdf", mime="application/pdf", name="Terms.pdf"),
    "sticker": Media("sticker", url="https://shop.example/ok.webp", mime="image/webp"),
    "location": Location(52.52, 13.405, "Shop", "Main Street 1"),
    "location request": LocationRequest("Where shall we **deliver**?"),
    "contact": ContactCard("Ada Lovelace", ("+491701234567",), ("ada@shop.example",)),
    "card": Card("Shoe", "Light and *red*.", PICTURE, FEW),
    "card, words alone": Card("Shoe", "Light and *red*."),
    "template": Template("order_ready", "en_US", {"1": "Ada", "2": "A-17"}, "Ada, order A-17 is ready."),
    "form": Form("f1", "Tell us your size", ({"label": "Size", "type": "text"},)),
    "form reply": FormReply({"size": "42"}, "f1"),
    "reaction": Reaction("\N{THUMBS UP SIGN}"),
    "unknown": Unknown("hologram"),
}


def message(kind: str, part: Part, **more: Any) -> Outbound:
    return Outbound(
        id=MessageId(UUID(int=1)),
        key=str(DeliveryId(UUID(int=2))),
        thread=ThreadKey(THREADS[kind]),
        to=(Alias(kind, THREADS[kind]),),
        parts=(part,),
        **more,
    )


def plain(request: Request) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(request)))
    return {name: value for name, value in told.items() if value not in (None, [], {}, "")}


def rendered(kind: str, clock: Any) -> dict[str, list[dict[str, Any]]]:
    channel = open_channel(kind, clock=clock)
    texts = Text("It is red. [1]")
    spoken = {
        "a reply": message(kind, texts, reply_to=PlatformId(REPLIED[kind])),
        "with sources": message(kind, texts, sources="[1] Shoes: https://shop.example/shoes"),
        "of a colleague": message(kind, texts, author=AuthorKind.AGENT, author_name="Bo"),
    }
    said = {name: message(kind, part) for name, part in SAMPLES.items()} | spoken
    return {name: [plain(request) for request in channel.render(one)] for name, one in said.items()}


@pytest.mark.parametrize("kind", sorted(THREADS))
def test_each_part_takes_the_form_that_was_agreed(kind: str, clock: Any) -> None:
    file = FOLDER / f"{kind}.json"
    now = rendered(kind, clock)
    if os.environ.get("HUB_TEST_WRITE_GOLDENS"):
        file.write_text(json.dumps(now, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    agreed = json.loads(file.read_text(encoding="utf-8"))
    assert set(now) == set(agreed)
    for name, requests in now.items():
        assert requests == agreed[name], name


def test_no_part_is_left_out() -> None:
    assert {type(part) for part in SAMPLES.values()} == set(get_args(Part))


@pytest.mark.parametrize("kind", sorted(THREADS))
def test_what_was_asked_is_shown_in_some_form(kind: str) -> None:
    """A part that a channel has no form for is said in words, save for the marks that only a platform can carry."""
    agreed = json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))
    silent = {name for name, requests in agreed.items() if not requests}
    assert silent <= {"choice", "form reply", "reaction", "unknown"}
    for name, words in (
        ("text", "Two"), ("choices, three", "Option 3"), ("choices, thirty", "Option 30"), ("card", "Shoe"),
        ("location", "52.52"), ("contact", "Ada Lovelace"), ("location request", "deliver"), ("form", "your size"),
        ("document", "terms.pdf"), ("with sources", "shop.example/shoes"),
    ):  # fmt: skip
        apart = kind == "webchat" and name == "with sources"  # the bubble has a panel for them
        assert apart or words in json.dumps(agreed[name]), (kind, name)
