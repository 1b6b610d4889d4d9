"""Our messages as calls of Slack's Web API. Pure: the same message gives the same calls.

Text is Markdown; it leaves as mrkdwn in as many messages as sections of 3,000 characters need. Nothing is unfurled:
an answer must not make anybody fetch an address that a model wrote. Each post carries the delivery's key as
metadata, by which it is found again when Slack's answer to it was lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from adapters.payloads import storable
from adapters.rendering.mrkdwn import fitted, to_mrkdwn
from adapters.rendering.parse import parse, verbatim
from adapters.rendering.runs import Mark, Run, Style
from adapters.rendering.split import shorten
from adapters.slack.blocks import actions, image, section
from adapters.slack.capabilities import MENU_OPTIONS, SECTION_TEXT
from adapters.slack.inbound import METADATA_TYPE
from adapters.slack.keys import Place, is_direct, read_message, read_thread
from hub.core.channels import Request, Upload
from hub.core.errors import Invalid
from hub.core.ids import PlatformId, ThreadKey
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
    Template,
    Text,
)

POST: Final = "chat.postMessage"
UPLOAD: Final = "files.upload"
"""Not a method of Slack's: the three calls that upload a file and share it (``adapters.slack.sending``)."""

_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f"\\/<>:|?*\ud800-\udfff]+')
_MAP: Final = "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=16/{0}/{1}"


def render(outbound: Outbound) -> Sequence[Request]:
    """The calls that show this message, in order. Raises ``Invalid`` when the thread is not one of Slack's."""
    place = _place(outbound)
    drafts = _drafts(outbound)
    return [_request(place, outbound, draft, index) for index, draft in enumerate(drafts)]


def render_edit(outbound: Outbound, platform_id: PlatformId) -> Sequence[Request]:
    """The call that replaces a message. What no longer fits one message follows in further ones."""
    channel, ts = _own_message(platform_id)
    place, drafts = _place(outbound), _drafts(outbound)
    if not drafts or drafts[0].upload is not None:
        return [_request(place, outbound, draft, index) for index, draft in enumerate(drafts)]
    shown = drafts[0].payload()
    # Without blocks of its own an update would keep the old message's blocks.
    edit = {"channel": channel, "ts": ts, "text": shown["text"], "blocks": shown.get("blocks", [])}
    followers = [_request(place, outbound, draft, index) for index, draft in enumerate(drafts) if index]
    return [Request("chat.update", edit), *followers]


def render_delete(thread: ThreadKey, platform_id: PlatformId) -> Sequence[Request]:
    """The call that takes a message back."""
    channel, ts = _own_message(platform_id)
    return [Request("chat.delete", {"channel": channel, "ts": ts})]


class _Draft:
    """One post to be: runs of words, blocks beneath them, or a file with the words as its comment."""

    def __init__(
        self, runs: Sequence[Run], blocks: Sequence[dict[str, Any]] = (), upload: Upload | None = None
    ) -> None:
        self.runs = list(runs)
        self.blocks = list(blocks)
        self.upload = upload

    def payload(self) -> dict[str, Any]:
        """``text`` is what notifications and screen readers say; blocks, where there are any, are what is shown."""
        written = to_mrkdwn(self.runs)
        if not self.blocks:
            return {"text": written}
        shown = [section(written), *self.blocks] if written.strip() else self.blocks
        return {"text": written.strip() or _spoken(self.blocks), "blocks": shown}


def _spoken(blocks: Sequence[dict[str, Any]]) -> str:
    return next((block["alt_text"] for block in blocks if "alt_text" in block), "\u2022")


def _drafts(outbound: Outbound) -> list[_Draft]:
    drafts = [draft for part in outbound.parts for draft in _part(part)]
    return _with_sources(drafts, outbound.sources) if outbound.sources else drafts


def _with_sources(drafts: list[_Draft], sources: str) -> list[_Draft]:
    """The sources under the last words. Where they no longer fit, they follow in a message of their own."""
    told = verbatim(storable(sources).strip())
    at = max((i for i, draft in enumerate(drafts) if draft.runs and draft.upload is None), default=None)
    if at is None:
        return [*drafts, *_words(told)]
    joined = [*drafts[at].runs, Run("\n\n"), *told]
    if len(to_mrkdwn(joined)) <= SECTION_TEXT:
        return [*drafts[:at], _Draft(joined, drafts[at].blocks), *drafts[at + 1 :]]
    return [*drafts[: at + 1], *_words(told), *drafts[at + 1 :]]


def _request(place: Place, outbound: Outbound, draft: _Draft, index: int) -> Request:
    where = place.parameters()
    if draft.upload is not None:
        comment = {"initial_comment": to_mrkdwn(draft.runs)} if draft.runs else {}
        return Request(UPLOAD, {**where, **comment}, (draft.upload,))
    payload: dict[str, Any] = {
        **where,
        **draft.payload(),
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": METADATA_TYPE, "event_payload": {"key": outbound.key, "part": index}},
    }
    if outbound.author is AuthorKind.AGENT and outbound.author_name:
        payload["username"] = shorten(" ".join(storable(outbound.author_name).split()), 80)
    return Request(POST, payload)


def _place(outbound: Outbound) -> Place:
    place = read_thread(outbound.thread)
    if place is None:
        raise Invalid("This conversation has no Slack channel to send to.", field="thread")
    if place.thread_ts is None and outbound.reply_to is not None and not is_direct(place.channel):
        # In a channel an answer to one post belongs beneath it; a direct chat stays one conversation.
        found = read_message(outbound.reply_to)
        if found is not None and found[0] == place.channel:
            return Place(place.channel, found[1])
    return place


def _own_message(platform_id: PlatformId) -> tuple[str, str]:
    found = read_message(platform_id)
    if found is None:
        raise Invalid("This is not the id of a message in a Slack channel.", field="platform_id")
    return found


def _part(part: Part) -> list[_Draft]:
    match part:
        case Text(text=text) | LocationRequest(text=text):
            return _words(_markdown(text))
        case Choices(text=text, options=options):
            return _with_options(_markdown(text), options)
        case Card():
            return _card(part)
        case Media():
            return _media(part)
        case Location():
            return _words(_location(part))
        case ContactCard(name=name, phones=phones, emails=emails):
            return _words([_bold(name), *verbatim("".join(f"\n{storable(line)}" for line in (*phones, *emails)))])
        case Choice(id=id_, title=title):
            return _words(verbatim(storable(title or id_)))
        case Form(title=title, listed=listed):
            return _words([_bold(title), *verbatim(storable(listed))])
        case FormReply(listed=listed):
            return _words(verbatim(storable(listed)))
        case Template(text=str(text)):
            return _words(verbatim(storable(text)))
        case _:  # reactions and unknown parts have no form as a Slack message
            return []


def _markdown(text: str) -> list[Run]:
    return parse(storable(text))


def _bold(words: str) -> Run:
    return Run(storable(words), frozenset({Mark(Style.BOLD)}))


def _words(runs: Sequence[Run]) -> list[_Draft]:
    return [_Draft(chunk) for chunk in fitted(runs, SECTION_TEXT)]


def _with_options(runs: Sequence[Run], options: Sequence[Option]) -> list[_Draft]:
    """Words with what can be chosen: buttons, beyond 25 a menu, beyond 100 numbers to answer with."""
    if len(options) > MENU_OPTIONS:
        listed = "\n".join(f"{n}. {storable(option.title)}" for n, option in enumerate(options, start=1))
        return _words([*runs, Run("\n\n"), *verbatim(listed)])
    told = [*runs, *_descriptions(options)]
    blocks = actions(options)
    chunks = fitted(told, SECTION_TEXT) or [[]]
    return [*(_Draft(chunk) for chunk in chunks[:-1]), *([_Draft(chunks[-1], blocks)] if chunks[-1] or blocks else [])]


def _descriptions(options: Sequence[Option]) -> list[Run]:
    """What buttons cannot say."""
    runs: list[Run] = []
    for option in options:
        if option.description:
            runs += [Run("\n" if runs else "\n\n"), _bold(option.title), Run(f": {storable(option.description)}")]
    return runs


def _card(card: Card) -> list[_Draft]:
    words = [_bold(card.title), *([Run("\n"), *_markdown(card.text)] if card.text else [])]
    pictured = card.image
    if pictured is None:
        return _with_options(words, card.options)
    shown = image(pictured, card.title)
    if shown is None:
        return [*_media(pictured), *_with_options(words, card.options)]
    drafts = _with_options(words, card.options)
    if drafts:
        drafts[-1].blocks.insert(0, shown)
    return drafts


def _media(media: Media) -> list[_Draft]:
    caption = _markdown(media.caption) if media.caption else []
    if media.file_id is not None:
        chunks = fitted(caption, SECTION_TEXT)
        upload = Upload("file", media.file_id, file_name(media), media.mime or "application/octet-stream")
        first = _Draft(chunks[0] if len(chunks) == 1 else [], upload=upload)
        return [first, *(_words(caption) if len(chunks) > 1 else [])]
    shown = image(media, file_name(media)) if media.kind in ("image", "animation") else None
    if shown is not None:
        chunks = fitted(caption, SECTION_TEXT) or [[]]
        return [_Draft(chunks[0], [shown]), *(_Draft(chunk) for chunk in chunks[1:])]
    address = storable(media.url or "")
    if address.lower().startswith(("https://", "http://")):
        link = Run(file_name(media), frozenset({Mark(Style.LINK, address, -1)}))
        return _words([*caption, *([Run("\n")] if caption else []), link])
    return _words(caption)


def file_name(media: Media) -> str:
    """A name without what would break a form's header or a file system."""
    name = _UNSAFE_NAME.sub("_", media.name or "").strip(" .")
    return shorten(name, 120) or media.kind


def _location(spot: Location) -> list[Run]:
    named = [words for words in (spot.name, spot.address) if words]
    label = storable(", ".join(named)) or f"{spot.latitude:.5f}, {spot.longitude:.5f}"
    address = _MAP.format(f"{spot.latitude:.6f}", f"{spot.longitude:.6f}")
    return [Run("\U0001f4cd "), Run(label, frozenset({Mark(Style.LINK, address, -1)}))]
