"""What a visitor takes along: the conversation to another channel, and a copy of it by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.core.errors import TooMany
from hub.http.access import VISITOR, Call
from hub.http.client import bucket
from hub.http.limits import Rate, RouteLimits
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.inbox.continuing import Continuing
from hub.inbox.transcripts import Transcripts

MAILS_TO_ONE = Rate(3, 86_400)
"""Copies that one mailbox gets from this hub in a day, whoever asks for them."""
MAILS_OF_VISITOR = Rate(5, 3_600)
MAILS_FROM_ADDRESS = Rate(20, 3_600)
"""Copies that are asked for from one address on the network."""


class Continuation(Model):
    channel: UUID
    """One of those that the site's `continue_on` names."""
    consent: Annotated[str, Field(min_length=10, max_length=1_000, pattern=r"\S")]
    """The words that the visitor agreed to; kept with the time."""
    words: Annotated[str, Field(max_length=200, examples=["Please go on with our conversation:"])] = ""
    """What the visitor's message on the other channel says beside the code, where the channel lets one write it."""


class ContinuationView(View):
    """`link` opens the other channel with the code along; the code may as well be sent there by hand. It works once."""

    link: str
    code: str
    expires_at: datetime


class CopyWanted(Model):
    email: Annotated[
        str, Field(max_length=254, pattern=r"^[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+$", examples=["ada@shop.example"])
    ]
    """The visitor's own mailbox. It is used for this one mail and not kept with the customer."""
    consent: Literal[True]
    """The visitor agreed that the conversation is sent there."""
    locale: Annotated[str, Field(max_length=35)] = "en"
    """The language of the mail's own words."""


class VisitorOnwardApi:
    """These routes."""

    def __init__(self, *, continuing: Continuing, transcripts: Transcripts, limits: RouteLimits) -> None:
        self._continuing = continuing
        self._transcripts = transcripts
        self._limits = limits

    async def go_on(self, call: Call, conversation: UUID, body: Continuation) -> ContinuationView:
        words = " ".join(body.words.split())
        offer = await self._continuing.offer(
            call.guest, conversation, body.channel, consent=body.consent.strip(), words=words
        )
        return ContinuationView(link=offer.link, code=offer.code, expires_at=offer.until)

    async def mail(self, call: Call, conversation: UUID, body: CopyWanted) -> None:
        copy = await self._transcripts.write(call.guest, conversation, body.locale)
        guest = call.guest
        try:
            await self._limits.take(f"mail:visitor:{guest.channel}:{guest.id}", MAILS_OF_VISITOR)
            await self._limits.take(f"mail:address:{bucket(call.client)}", MAILS_FROM_ADDRESS)
            await self._limits.take(f"mail:to:{body.email.lower()}", MAILS_TO_ONE)
        except TooMany as error:
            words = "This conversation was mailed often enough for now. You can download it."
            raise TooMany(words, retry_after=error.retry_after) from None
        await self._transcripts.send(body.email, copy)

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def route(path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            return Route(
                method="POST",
                path=f"/api/v1/visitor/conversations/{{conversation}}{path}",
                handler=handler,
                summary=summary,
                name=name,
                **{"access": VISITOR, "tags": ("visitors",), "cors": True, "problems": (404,), **more},
            )

        return [
            route("/continuation", self.go_on, "Go on on another channel", "continue_visitor_conversation", status=201,
                  description="A code that works once, on that channel alone, for a quarter of an hour. Who sends it "
                  "from there is linked with this visitor, and the conversation goes on there."),
            route("/transcript", self.mail, "Have a conversation mailed", "mail_visitor_transcript", status=202,
                  description="Sends a copy to the visitor's own mailbox, where this hub has a mail server."),
        ]  # fmt: skip
