"""Our messages as calls of the Send API. Pure: the same message at the same time gives the same calls.

Messenger shows plain text: Markdown leaves its words and its links' addresses. Choices are quick replies, or buttons
where one of them is a link; what has no button stands in the text under a number that may be typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.messenger.capabilities import (
    BUTTON_TEXT,
    BUTTON_TITLE,
    CAPABILITIES,
    CARD_TEXT,
    CARD_TITLE,
    MAX_BUTTONS,
    MAX_QUICK_REPLIES,
    PAYLOAD_BYTES,
)
from adapters.messenger.keys import recipient
from adapters.payloads import storable
from adapters.rendering.links import spelled_out
from adapters.rendering.parse import parse, verbatim
from adapters.rendering.runs import Run
from adapters.rendering.split import measure, shorten, split
from hub.core.channels import Request, Upload, Window
from hub.core.choices import short_id
from hub.core.errors import Invalid
from hub.core.ids import ThreadKey
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

SEND: Final = "messages"
UPLOAD_FIELD: Final = "filedata"
_UNIT = CAPABILITIES.text_unit
_MAP: Final = "https://www.openstreetmap.org/?mlat={0}&mlon={1}"
_TYPES: Mapping[str, str] = {
    "image": "image",
    "sticker": "image",
    "animation": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
}
_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f"\\/<>:|?*\ud800-\udfff]+')
_Message = tuple[dict[str, Any], tuple[Upload, ...]]


def render(outbound: Outbound, window: Window | None, now: datetime) -> Sequence[Request]:
    """The calls that show this message, in order; the first one replies where a reply is asked for.

    Raises ``Invalid`` when the thread is not one of Messenger's.
    """
    to = recipient(outbound.thread)
    if to is None:
        raise Invalid("This conversation has nobody on Messenger to send to.", field="thread")
    kind = messaging_type(outbound.author, window, now)
    requests = []
    for index, (message, uploads) in enumerate(_messages(outbound)):
        payload: dict[str, Any] = {"recipient": to, **kind, "message": {**message, "metadata": outbound.key[:999]}}
        if index == 0 and outbound.reply_to is not None:
            payload["reply_to"] = {"mid": storable(outbound.reply_to)}
        requests.append(Request(SEND, payload, uploads))
    return requests


def action(thread: ThreadKey, name: str) -> Request | None:
    """The call for a sign such as ``typing_on`` or ``mark_seen``; None where the thread is not Messenger's."""
    to = recipient(thread)
    return Request(SEND, {"recipient": to, "sender_action": name}) if to else None


def messaging_type(author: AuthorKind, window: Window | None, now: datetime) -> dict[str, str]:
    """What Meta must be told of why we write: an answer, or a person's answer after the 24 hours are over.

    The tag is for people alone and for seven days; nothing else ever gets it, however late.
    """
    closed = window.open_until if window is not None else None
    extra = timedelta(hours=(CAPABILITIES.person_window_hours or 0) - (CAPABILITIES.reply_window_hours or 0))
    if closed is not None and author is AuthorKind.AGENT and closed <= now < closed + extra:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def _messages(outbound: Outbound) -> list[_Message]:
    parts = list(outbound.parts)
    written = [index for index, part in enumerate(parts) if isinstance(part, Text | Choices | LocationRequest)]
    below = verbatim(storable(outbound.sources or ""))
    messages: list[_Message] = []
    for index, part in enumerate(parts):
        messages += _part(part, below if written and index == written[-1] else [])
    return messages if written or not below else [*messages, *_words(below)]


def _part(part: Part, below: Sequence[Run]) -> list[_Message]:
    match part:
        case Text(text=text) | LocationRequest(text=text):
            return _words(_under(_markdown(text), below))
        case Choices(text=text, options=options):
            return _choices(_under(_markdown(text), below), options)
        case Card():
            return _card(part)
        case Media():
            return _media(part)
        case Location():
            return _location(part)
        case ContactCard(name=name, phones=phones, emails=emails):
            return _words(verbatim(storable("\n".join([name, *phones, *emails]))))
        case Choice(id=id_, title=title):
            return _words(verbatim(storable(title or id_)))
        case Form(title=title, listed=listed):
            return _words(verbatim(storable(title + listed)))
        case FormReply(listed=listed):
            return _words(verbatim(storable(listed)))
        case Template(text=str(text)):
            return _words(verbatim(storable(text)))
        case _:  # reactions and unknown parts have no form as a Messenger message
            return []


def _markdown(text: str) -> list[Run]:
    return spelled_out(parse(storable(text)))


def _under(runs: list[Run], below: Sequence[Run]) -> list[Run]:
    return [*runs, *([Run("\n\n")] if runs and below else []), *below]


def _joined(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def _words(runs: Sequence[Run]) -> list[_Message]:
    chunks = split(runs, CAPABILITIES.text_limit, _UNIT)
    return [({"text": _joined(chunk)}, ()) for chunk in chunks]


def _choices(runs: list[Run], options: Sequence[Option]) -> list[_Message]:
    told = _under(runs, verbatim(_described(options)))
    links = any(_link(option) for option in options)
    if links and len(options) <= MAX_BUTTONS:
        text = _joined(told).strip() or "\u2022"  # buttons need words to stand under
        if measure(text, _UNIT) <= BUTTON_TEXT:
            return [(_template("button", text=text, buttons=[_button(option) for option in options]), ())]
    return _quick_replies(runs, options)


def _described(options: Sequence[Option]) -> str:
    return "\n".join(storable(f"{o.title}: {o.description}") for o in options if o.description)


def _quick_replies(runs: list[Run], options: Sequence[Option]) -> list[_Message]:
    """The options as quick replies. Where a title does not fit its button, or there are too many, the text lists them
    by number and the buttons begin with it."""
    # Numbers count over all options, as whoever reads a typed one does; a link is opened, not answered.
    answers = [(number, option) for number, option in enumerate(options, start=1) if not _link(option)]
    long = any(measure(_title(option), _UNIT) > BUTTON_TITLE for _, option in answers)
    numbered = long or len(answers) > MAX_QUICK_REPLIES
    lines = []
    for number, option in answers:
        extra = f": {option.description}" if option.description else ""
        if numbered or extra:
            lines.append(storable(f"{number}. {option.title}{extra}" if numbered else f"{option.title}{extra}"))
    lines += [storable(f"{option.title}: {_link(option)}") for option in options if _link(option)]
    messages = _words(_under(runs, verbatim("\n".join(lines)))) or _words(verbatim("\u2022"))
    buttons = [
        {
            "content_type": "text",
            "title": shorten(f"{number}. {_title(option)}" if numbered else _title(option), BUTTON_TITLE, _UNIT),
            "payload": _payload(option),
        }
        for number, option in answers[:MAX_QUICK_REPLIES]
    ]
    if buttons:
        last, uploads = messages[-1]
        messages[-1] = ({**last, "quick_replies": buttons}, uploads)
    return messages


def _link(option: Option) -> str | None:
    url = storable(option.url or "")
    return url if url.lower().startswith(("http://", "https://")) else None


def _title(option: Option) -> str:
    return " ".join(storable(option.title).split()) or "\u2022"


def _payload(option: Option) -> str:
    return short_id(storable(option.id), PAYLOAD_BYTES)


def _button(option: Option) -> dict[str, Any]:
    title = shorten(_title(option), BUTTON_TITLE, _UNIT)
    if url := _link(option):
        return {"type": "web_url", "title": title, "url": url}
    return {"type": "postback", "title": title, "payload": _payload(option)}


def _template(kind: str, **payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": {"template_type": kind, **payload}}}


def _card(card: Card) -> list[_Message]:
    """A card where Messenger's holds everything; otherwise the same in a picture, a text and buttons."""
    title, runs = storable(card.title).strip(), _markdown(card.text or "")
    words = _joined(runs).strip()
    picture = card.image.url if card.image is not None and not card.image.file_id else None
    fits = measure(title, _UNIT) <= CARD_TITLE and measure(words, _UNIT) <= CARD_TEXT
    shown = card.image is None or picture is not None
    plain_options = not any(option.description for option in card.options)
    if (
        title
        and fits
        and shown
        and plain_options
        and len(card.options) <= MAX_BUTTONS
        and (words or picture or card.options)
    ):
        return [(_template("generic", elements=[_element(card, title, words, picture)]), ())]
    image = _media(card.image) if card.image is not None else []
    return [*image, *_choices(_under(verbatim(title), runs), card.options)]


def _element(card: Card, title: str, words: str, picture: str | None) -> dict[str, Any]:
    element: dict[str, Any] = {"title": title}
    if words:
        element["subtitle"] = words
    if picture:
        element["image_url"] = storable(picture)
    if card.options:
        element["buttons"] = [_button(option) for option in card.options]
    return element


def _media(media: Media) -> list[_Message]:
    """The file, and its caption as a message of its own: Messenger's files carry none."""
    told = _words(_markdown(media.caption or ""))
    too_large = f"{media.name or media.kind} is too large for Messenger, which takes files of up to 25 MB."
    kind = _TYPES.get(media.kind, "file")
    limit = CAPABILITIES.media.get(media.kind, CAPABILITIES.media["document"])
    if media.size is not None and media.size > limit.max_bytes:
        return [*_words(verbatim(storable(f"{too_large} {media.url}" if media.url else too_large))), *told]
    mime = (media.mime or "").partition(";")[0].strip().lower()
    if mime and limit.mimes and mime not in limit.mimes:
        kind = "file"
    if media.file_id is not None:
        upload = Upload(UPLOAD_FIELD, media.file_id, file_name(media), mime or "application/octet-stream")
        return [({"attachment": {"type": kind, "payload": {"is_reusable": False}}}, (upload,)), *told]
    source = storable(media.ref or media.url or "")
    if not source:
        return told
    is_url = source.startswith(("http://", "https://"))
    payload: dict[str, Any] = {"url": source, "is_reusable": False} if is_url else {"attachment_id": source}
    return [({"attachment": {"type": kind, "payload": payload}}, ()), *told]


def file_name(media: Media) -> str:
    """A name without what would break a form's header or a file system."""
    name = _UNSAFE_NAME.sub("_", media.name or "").strip(" .")
    return shorten(name, 120) or media.kind


def _location(spot: Location) -> list[_Message]:
    """A page cannot send a place as such: its name, its address and a link to a map."""
    lines = [spot.name, spot.address, _MAP.format(f"{spot.latitude:.6f}", f"{spot.longitude:.6f}")]
    return _words(verbatim(storable("\n".join(line for line in lines if line))))
