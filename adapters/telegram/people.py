"""Who wrote, and whether a group's message is meant for the bot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapters.payloads import integer, items, mapping, text
from adapters.telegram.parts import full_name, utf16_slice
from hub.core.ids import AccountKey
from hub.core.messages import Alias, Sender

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(?:@(?P<bot>[A-Za-z0-9_]{3,32}))?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Bot:
    """What is known of the bot an update was sent to; nothing, where no account was given."""

    id: int | None = None
    username: str | None = None

    @classmethod
    @lru_cache(256)
    def of(cls, account: AccountKey | None) -> Bot:
        """The bot an account key (``id`` or ``id@username``) names."""
        number, _, username = (account or "").partition("@")
        known = number.isascii() and number.isdigit() and len(number) <= 20
        return cls(int(number) if known else None, username.lower() or None)

    def is_named(self, username: str) -> bool:
        """Whether this is the bot's username. Unknown, any bot's name counts: all of them end in ``bot``."""
        name = username.removeprefix("@").lower()
        return name == self.username if self.username else name.endswith("bot")

    def is_user(self, user: Mapping[str, Any]) -> bool:
        """Whether a user is the bot. Unknown, any bot counts."""
        if self.id is not None:
            return integer(user.get("id")) == self.id
        return user.get("is_bot") is True


def command_of(message: Mapping[str, Any]) -> re.Match[str] | None:
    """The command a message begins with, and the ``bot`` it names."""
    words = message.get("text")
    return _COMMAND.match(words) if type(words) is str and words[:1] == "/" else None


def sender_of(user: Any, chat: Any = None) -> Sender:
    """The sender of an event. A channel, or an administrator who writes as the group, is ``telegram.chat``:
    Telegram then fills in a stand-in user that is the same for all."""
    chat_id = integer(mapping(chat).get("id"))
    if chat_id is not None:
        return Sender((Alias("telegram.chat", str(chat_id)),), full_name(mapping(chat)))
    person = mapping(user)
    user_id = integer(person.get("id"))
    return Sender(
        ids=(Alias("telegram.user", str(user_id)),) if user_id is not None else (),
        name=full_name(person),
        is_bot=person.get("is_bot") is True,
        locale=text(person.get("language_code")),
    )


def is_mentioned(message: Mapping[str, Any], bot: Bot) -> bool:
    """Whether a group's message is for the bot: a reply to it, its name, or a command that names no other bot."""
    replied = mapping(mapping(message.get("reply_to_message")).get("from"))
    if replied and bot.is_user(replied):
        return True
    command = command_of(message)
    if command:
        return command["bot"] is None or bot.is_named(command["bot"])
    return any(_names(entity, words, bot) for entity, words in _entities(message))


def _names(entity: Mapping[str, Any], words: str, bot: Bot) -> bool:
    kind = entity.get("type")
    if kind == "mention":
        return bot.is_named(words)
    return kind == "text_mention" and bot.is_user(mapping(entity.get("user")))


def _entities(message: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for field, words_field in (("entities", "text"), ("caption_entities", "caption")):
        if field not in message:
            continue
        words = text(message.get(words_field)) or ""
        for entity in map(mapping, items(message.get(field))[:200]):
            if entity.get("type") in ("mention", "text_mention"):
                yield entity, utf16_slice(words, entity.get("offset"), entity.get("length"))
