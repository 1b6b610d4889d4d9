"""One body as it is being read: who it is for, and the events made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from adapters.payloads import mapping, moment, text
from adapters.slack.body import app_of, bot_user, installed
from adapters.slack.capabilities import KIND
from adapters.slack.keys import is_ts, team_of
from hub.core.ids import AccountKey, PlatformId
from hub.core.messages import Alias, Event, EventType, Sender

SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Received:
    """A body with the account it is read for; ``key`` is the deduplication key of what has no better one."""

    body: Mapping[str, Any]
    account: AccountKey
    now: datetime
    key: PlatformId
    named: str | None = None

    @cached_property
    def bot(self) -> str | None:
        """The bot's user id as far as it is known; ``named`` is what a mention tells of it."""
        return bot_user(self.body) or self.named

    @cached_property
    def team(self) -> str:
        """The workspace or organisation within which people's ids are told apart."""
        return team_of(self.account) or installed(self.body) or ""

    def is_own(self, message: Mapping[str, Any]) -> bool:
        """Whether our app wrote a post. Only a bot's posts have a ``bot_id`` or profile; whose it is, its app says,
        and where none is named, the bot's user."""
        profile = mapping(message.get("bot_profile"))
        if not profile and not text(message.get("bot_id")):
            return False
        app = text(message.get("app_id")) or text(profile.get("app_id"))
        own = app_of(self.body) or self.account.partition(":")[0] or None
        if app is not None and own is not None:
            return app == own
        user = text(message.get("user"))
        return user is not None and user == self.bot

    def sender(self, user: Any, message: Mapping[str, Any]) -> Sender:
        """Who acted, named within the installation's workspace: the same person in every kind of event."""
        profile = mapping(message.get("bot_profile"))
        bot = text(message.get("bot_id")) or text(profile.get("id"))
        person = text(user)
        ids = [Alias("slack.user", f"{self.team}:{person}")] if person else []
        if bot:
            ids.append(Alias("slack.bot", f"{self.team}:{bot}"))
        facts = mapping(message.get("user_profile"))
        names = (facts.get("display_name"), facts.get("real_name"), message.get("username"), profile.get("name"))
        return Sender(
            ids=tuple(ids),
            name=next((name for value in names if (name := text(value))), None),
            is_bot=bot is not None or message.get("subtype") == "bot_message" or person == SLACKBOT,
        )

    def event(
        self, type_: EventType, *, key: PlatformId | None = None, at: datetime | None = None, **said: Any
    ) -> Event:
        """An event of this body; ``at`` falls back to when Slack or the hub noted it."""
        return Event(
            type=type_,
            channel=KIND,
            account=self.account,
            platform_id=key or self.key,
            at=at or moment(self.body.get("event_time")) or self.now,
            **said,
        )


def seconds_of(ts: Any) -> float | None:
    """One of Slack's timestamps as seconds since 1970."""
    return float(ts) if isinstance(ts, str) and is_ts(ts) else None
