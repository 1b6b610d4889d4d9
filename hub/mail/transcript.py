"""The mail that holds a conversation: what was said, by whom and when, and nothing to be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from hub.mail.wording import Letter


@dataclass(frozen=True, slots=True)
class Line:
    """One message. ``at`` is RFC 3339; ``own``: the reader wrote it; ``who`` may be unknown."""

    at: str
    who: str
    own: bool
    text: str


_WORDS = {
    "en": (
        "Your conversation with {name}",
        "You asked for this copy on the website of {name}. If it was not you, somebody mistyped an address.",
        "You",
        "Assistant",
        "All times are UTC.",
    ),
    "de": (
        "Ihr Gespräch mit {name}",
        "Sie wollten diese Kopie auf der Website von {name}. Waren Sie es nicht, hat sich jemand vertippt: "
        "Sie müssen nichts tun.",
        "Sie",
        "Assistent",
        "Alle Zeiten sind UTC.",
    ),
    "ar": (
        "محادثتك مع {name}",
        "لقد طلبت هذه النسخة على موقع {name}. إن لم تكن أنت، فقد أخطأ أحدهم في كتابة عنوانه، ولا يلزمك فعل شيء.",
        "أنت",
        "المساعد",
        "كل الأوقات بالتوقيت العالمي UTC.",
    ),
}


def transcript(locale: str, name: str, lines: Sequence[Line]) -> Letter:
    """The mail in the reader's language, in English where we do not speak it."""
    language = locale.partition("-")[0].lower()
    language = language if language in _WORDS else "en"
    subject, why, you, somebody, zone = (words.replace("{name}", " ".join(name.split())) for words in _WORDS[language])
    said = [(_when(line.at), you if line.own else (line.who or somebody), line.text) for line in lines]
    text = "\n\n".join([why, *(f"{when}  {who}\n{words}" for when, who, words in said), zone]) + "\n"
    return Letter("transcript", subject, text, _html(language, subject, why, said, zone))


def _when(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M}"


def _html(language: str, subject: str, why: str, said: Sequence[tuple[str, str, str]], zone: str) -> str:
    entries = "".join(
        f'<div style="margin:0 0 16px"><div style="font-size:12px;color:#5a6675">{escape(when)} '
        f"<strong>{escape(who)}</strong></div>"
        f'<div dir="auto" style="white-space:pre-wrap">{escape(words)}</div></div>'
        for when, who, words in said
    )
    way = ' dir="rtl"' if language == "ar" else ""
    body = "font:15px/1.5 system-ui,sans-serif;color:#16202b;background:#fbfcfd;margin:0;padding:24px"
    small = "margin:0 0 16px;font-size:12px;color:#5a6675"
    return (
        f'<!doctype html><html lang="{language}"{way}><head><meta charset="utf-8"><title>{escape(subject)}</title>'
        f'</head><body style="{body}"><div style="max-width:520px"><p style="{small}">{escape(why)}</p>{entries}'
        f'<p style="{small}">{escape(zone)}</p></div></body></html>'
    )
