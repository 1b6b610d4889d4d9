"""Mails about what colleagues were told and have not seen: some kinds soon, the rest gathered, none in quiet hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.accounts.post import Post
from hub.core.ids import TenantId
from hub.core.ports import Clock
from hub.mail.wording import counted
from hub.store.cross import NoticeReader
from hub.store.letters import Letters
from hub.store.notifications import NotificationRow
from hub.store.session import Store

SECONDS = 120.0
"""How long something must be unseen before a mail tells of it: whoever sits at the desk needs none."""
_PERIODS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
_AT_ONCE = 500
_FIRST = (UUID(int=0), "")


class Notices:
    """Writes these mails. A piece of the schedule."""

    def __init__(self, *, store: Store, post: Post, clock: Clock) -> None:
        self._store = store
        self._post = post
        self._clock = clock

    async def __call__(self, _last: Mapping[str, Any]) -> Mapping[str, Any]:
        """How many mails were written."""
        written, after = 0, _FIRST
        while self._post.sends:
            async with self._store.cross() as cross:
                readers = await cross.notice_readers(SECONDS, after, _AT_ONCE)
            for reader in readers:
                written += await self._write(reader)
            if len(readers) < _AT_ONCE:
                break
            after = (readers[-1].tenant_id, readers[-1].person)
        if written:
            await self._post.wake()
        return {"written": written}

    async def _write(self, reader: NoticeReader) -> int:
        try:
            person = UUID(reader.person)
        except ValueError:
            return 0  # a program's own name for somebody
        async with self._store.begin(TenantId(reader.tenant_id)) as tx:
            whom = await tx.notifications.reader(person)
            if whom is None:
                return 0
            settings = await tx.notifications.settings(reader.person)
            unseen = await tx.notifications.unmailed(reader.person, SECONDS)
            chosen = to_mail(unseen, settings, whom.mailed_at, self._clock.now())
            what = counted(Counter(row.kind for row in chosen), whom.locale)
            if not what:
                return 0
            await self._post.lay(
                Letters(tx.connection),
                whom.email,
                "notices",
                whom.locale,
                page=_page(whom.slug, chosen),
                tenant=whom.name,
                what=what,
            )
            await tx.notifications.mark_mailed([row.id for row in chosen])
        return 1


def to_mail(
    unseen: Sequence[NotificationRow], settings: Mapping[str, Any], last: datetime | None, now: datetime
) -> list[NotificationRow]:
    """What of it goes out by mail now. ``last`` is when the last mail went out."""
    if is_quiet(settings.get("quiet"), now):
        return []
    period = _PERIODS.get(str(settings.get("digest")))
    if period is not None and (last is None or now - last >= period):
        return list(unseen)
    kinds = settings.get("kinds") or {}
    return [row for row in unseen if (kinds.get(row.kind) or {}).get("mail")]


def is_quiet(quiet: Mapping[str, Any] | None, now: datetime) -> bool:
    """Whether somebody wants to be left alone now. Hours may pass midnight; the end is no longer quiet."""
    if not quiet:
        return False
    try:
        local = now.astimezone(ZoneInfo(str(quiet.get("zone") or "UTC"))).time()
        start, end = time.fromisoformat(str(quiet["start"])), time.fromisoformat(str(quiet["end"]))
    except (ValueError, KeyError, ZoneInfoNotFoundError):
        return False
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def _page(slug: str, rows: Sequence[NotificationRow]) -> str:
    """Where in the desk it is seen: the conversation, where there is one alone."""
    conversations = {row.conversation_id for row in rows}
    place = "needs_person" if all(row.kind == "needs_person" for row in rows) else "mine"
    return f"{slug}/inbox/{place}" + (f"/{conversations.pop()}" if len(conversations) == 1 else "")
