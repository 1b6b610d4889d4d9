"""A visitor's conversation as a mail to the visitor."""

from __future__ import annotations

from uuid import UUID

from hub.accounts.post import Post
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ConversationId
from hub.core.messages import AuthorKind, Media, Part, part_from_json, plain_text
from hub.inbox.guests import Guest, Guests
from hub.inbox.site_settings import read_site_settings
from hub.mail.transcript import Line, transcript
from hub.mail.wording import Letter
from hub.store.session import Store

MOST = 200
"""Messages in one mail, the last ones."""


class Transcripts:
    """Writes and sends copies. ``sends`` is whether this hub has a mail server."""

    def __init__(self, *, store: Store, guests: Guests, post: Post) -> None:
        self._store = store
        self._guests = guests
        self._post = post
        self.sends = post.sends

    async def write(self, guest: Guest, conversation: UUID, locale: str) -> Letter:
        """The mail. Raises ``NotFound`` for a conversation of somebody else, ``Invalid`` where nobody answered yet, or
        where there is no mail server."""
        id = ConversationId(conversation)
        if not await self._guests.owns(guest, id):
            raise NotFound("There is no such conversation.", field="conversation")
        if not self.sends:
            raise Invalid("This hub sends no mail. The conversation can be downloaded.")
        thread = await self._guests.thread(guest.tenant, id, after=None, limit=MOST)
        shown = [m for m in thread.messages if not (m["superseded"] or m["deleted_at"])] if thread else []
        if not any(m["direction"] == "out" for m in shown):
            raise Invalid("Nothing was answered yet, so there is nothing to send.")
        site = read_site_settings((await self._guests.site(guest.site_key)).settings)
        lines = [
            Line(
                at=m["at"],
                who=m["author"]["name"] or "",
                own=m["author"]["kind"] == AuthorKind.CONTACT,
                text=_said([part_from_json(part) for part in m["parts"]]),
            )
            for m in shown
        ]
        return transcript(locale, site.name or "Chat", lines)

    async def send(self, to: str, letter: Letter) -> None:
        """Put it on its way."""
        async with self._store.directory() as directory:
            await self._post.enclose(directory.letters, to, letter)
        await self._post.wake()


def _said(parts: list[Part]) -> str:
    """The words, and of files the names: links to them would run out."""
    files = [f"[{part.name or part.kind}]" for part in parts if isinstance(part, Media)]
    return "\n".join(filter(None, [plain_text(parts), *files]))
