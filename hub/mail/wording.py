"""What our mails say, in English and German: plain text, and the same as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

PURPOSE = "letter"
"""What a mail is sealed for while it waits."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. ``kind`` names it in records."""

    kind: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    lines: tuple[str, ...]
    button: str = ""


_FOOT = {"en": "Sent by Switchboard, {host}.", "de": "Gesendet von Switchboard, {host}."}
_WORDS: Mapping[str, Mapping[str, _Words]] = {
    "invitation": {
        "en": _Words(
            "{inviter} invites you to {tenant}",
            ("{inviter} would like you to answer customers together at {tenant}, on Switchboard.",
             "The link works once, within seven days. If you do not know what this is about, do nothing."),
            "Join {tenant}",
        ),
        "de": _Words(
            "{inviter} lädt Sie zu {tenant} ein",
            ("{inviter} möchte mit Ihnen zusammen die Kunden von {tenant} betreuen, mit Switchboard.",
             "Der Link gilt einmal, innerhalb von sieben Tagen. Wenn Sie nicht wissen, worum es geht, tun Sie nichts."),
            "Zu {tenant} kommen",
        ),
    },
    "reset": {
        "en": _Words(
            "Choose a new password",
            ("Somebody, probably you, asked for a new password for {email}.",
             "The link works once, within an hour. If it was not you, do nothing: your password stays as it is."),
            "Choose a new password",
        ),
        "de": _Words(
            "Neues Passwort wählen",
            ("Jemand, wahrscheinlich Sie, hat ein neues Passwort für {email} angefordert.",
             "Der Link gilt einmal, innerhalb einer Stunde. Waren Sie es nicht, tun Sie nichts: Ihr Passwort bleibt."),
            "Neues Passwort wählen",
        ),
    },
    "verify": {
        "en": _Words(
            "Confirm your e-mail address",
            ("{email} was given as your address. Please confirm that it is yours.",
             "The link works once, within two days. If you did not ask for this, do nothing."),
            "Confirm the address",
        ),
        "de": _Words(
            "E-Mail-Adresse bestätigen",
            ("{email} wurde als Ihre Adresse angegeben. Bitte bestätigen Sie, dass sie Ihnen gehört.",
             "Der Link gilt einmal, innerhalb von zwei Tagen. Wenn Sie das nicht wollten, tun Sie nichts."),
            "Adresse bestätigen",
        ),
    },
    "address_changes": {
        "en": _Words(
            "Your e-mail address is about to change",
            ("Somebody, probably you, asked to change the address of your account from {email} to {new}.",
             "If it was not you, sign in, change your password and sign out everywhere else."),
        ),
        "de": _Words(
            "Ihre E-Mail-Adresse wird geändert",
            ("Jemand, wahrscheinlich Sie, möchte die Adresse Ihres Kontos von {email} in {new} ändern.",
             "Wenn Sie es nicht waren: anmelden, Passwort ändern und überall sonst abmelden."),
        ),
    },
    "notices": {
        "en": _Words(
            "{tenant}: {what}",
            ("While you were away at {tenant}: {what}.",
             "You chose to be told by mail; under Your account you can change that. What you have seen is not mailed."),
            "Open the inbox",
        ),
        "de": _Words(
            "{tenant}: {what}",
            ("Während Sie weg waren, bei {tenant}: {what}.",
             "Sie wollten das per E-Mail erfahren; unter Ihr Konto lässt es sich ändern. Gesehenes kommt nicht."),
            "Eingang öffnen",
        ),
    },
    "password_reset": {
        "en": _Words(
            "Your password was chosen anew",
            ("The password of {email} was chosen anew by a mailed link just now. Every other session ended, and "
             "accounts elsewhere that were connected for signing in are disconnected.",
             "If it was not you, ask for a new password at once, and look after your mailbox."),
        ),
        "de": _Words(
            "Ihr Passwort wurde neu gewählt",
            ("Das Passwort von {email} wurde eben über einen zugesandten Link neu gewählt. Alle anderen Sitzungen sind "
             "beendet und verbundene Konten anderswo getrennt.",
             "Waren Sie es nicht, fordern Sie sofort ein neues Passwort an und sehen Sie nach Ihrem Postfach."),
        ),
    },
    "login_connected": {
        "en": _Words(
            "{provider} can sign in to your account now",
            ("{account} at {provider} was connected to the account of {email} just now and signs in to it from now on.",
             "If it was not you, disconnect it under Your account, Security, and change your password."),
            "Open the desk",
        ),
        "de": _Words(
            "{provider} meldet jetzt an Ihrem Konto an",
            ("{account} bei {provider} wurde eben mit dem Konto von {email} verbunden und meldet ab jetzt daran an.",
             "Waren Sie es nicht, trennen Sie es unter Ihr Konto, Sicherheit, und ändern Sie Ihr Passwort."),
            "Den Desk öffnen",
        ),
    },
    "password_changed": {
        "en": _Words(
            "Your password was changed",
            ("The password of {email} was changed just now, and every other session ended.",
             "If it was not you, ask for a new password at once."),
        ),
        "de": _Words(
            "Ihr Passwort wurde geändert",
            ("Das Passwort von {email} wurde eben geändert, und alle anderen Sitzungen sind beendet.",
             "Wenn Sie es nicht waren, fordern Sie sofort ein neues Passwort an."),
        ),
    },
}  # fmt: skip


_COUNTED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "needs_person": ("1 customer waits for a person", "{n} customers wait for a person"),
        "assigned": ("1 conversation was given to you", "{n} conversations were given to you"),
        "mention": ("you were mentioned once", "you were mentioned {n} times"),
        "customer_replied": ("1 customer has written", "{n} customers have written"),
        "sla": ("1 promised time has passed", "{n} promised times have passed"),
        "snooze_over": ("1 snoozed conversation is back", "{n} snoozed conversations are back"),
    },
    "de": {
        "needs_person": ("1 Mal wird ein Mensch gewünscht", "{n} Mal wird ein Mensch gewünscht"),
        "assigned": ("1 Unterhaltung gehört jetzt Ihnen", "{n} Unterhaltungen gehören jetzt Ihnen"),
        "mention": ("Sie wurden 1 Mal erwähnt", "Sie wurden {n} Mal erwähnt"),
        "customer_replied": ("1 Mal hat jemand geschrieben", "{n} Mal hat jemand geschrieben"),
        "sla": ("1 zugesagte Zeit ist vorbei", "{n} zugesagte Zeiten sind vorbei"),
        "snooze_over": (
            "1 zurückgestellte Unterhaltung ist wieder da",
            "{n} zurückgestellte Unterhaltungen sind wieder da",
        ),
    },
}


def letter(kind: str, locale: str, host: str, *, link: str = "", **values: str) -> Letter:
    """A mail in the reader's language, in English where we do not speak it. ``host`` says whose hub writes."""
    language = locale.partition("-")[0].lower()
    language = language if language in _FOOT else "en"
    words = _WORDS[kind][language]
    given = {name: " ".join(value.split()) for name, value in values.items()}
    subject = words.subject.format(**given)
    lines = [line.format(**given) for line in words.lines]
    foot = _FOOT[language].format(host=host)
    text = "\n\n".join([lines[0], *([link] if link else []), *lines[1:], "-- \n" + foot]) + "\n"
    return Letter(kind, subject, text, _html(language, subject, lines, words.button.format(**given), link, foot))


def counted(counts: Mapping[str, int], locale: str) -> str:
    """How often each kind of notice came, in words of the reader's language: "2 customers wait for a person"."""
    language = locale.partition("-")[0].lower()
    words = _COUNTED[language if language in _COUNTED else "en"]
    told = [words[kind][0 if n == 1 else 1].format(n=n) for kind, n in counts.items() if n and kind in words]
    return ", ".join(told)


def _html(language: str, subject: str, lines: list[str], button: str, link: str, foot: str) -> str:
    first, *rest = [f'<p style="margin:0 0 16px">{escape(line)}</p>' for line in lines]
    style = (
        "display:inline-block;padding:10px 16px;border-radius:8px;background:#0b7a75;color:#ffffff;text-decoration:none"
    )
    anchor = (
        f'<p style="margin:0 0 16px"><a href="{escape(link)}" style="{style}">{escape(button)}</a></p>' if link else ""
    )
    small = '<p style="margin:0;font-size:12px;color:#5a6675">'
    body = "font:15px/1.5 system-ui,sans-serif;color:#16202b;background:#fbfcfd;margin:0;padding:24px"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
        f'<body style="{body}"><div style="max-width:520px">{first}{anchor}{"".join(rest)}'
        f"{small}{escape(foot)}</p></div></body></html>"
    )
