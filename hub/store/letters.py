"""Mails as rows. Their content is sealed, and gone once they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hub.core.ids import uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, run


@dataclass(frozen=True, slots=True)
class LetterClaim:
    """A mail that is ours to send while the lease lasts."""

    id: UUID
    recipient: str
    kind: str
    sealed: bytes | None
    attempts: int


class Letters:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, recipient: str, kind: str, sealed: bytes) -> None:
        """Put a mail on its way, with the transaction."""
        await run(
            self._connection,
            "select hub_cross.add_letter(:id, :recipient, :kind, :sealed)",
            id=uuid7(),
            recipient=recipient,
            kind=kind,
            sealed=sealed,
        )

    async def claim(self, most: int, lease: float) -> list[LetterClaim]:
        """Mails that are due, ours for ``lease`` seconds."""
        return await fetch_all(
            self._connection,
            LetterClaim,
            "select * from hub_cross.claim_letters(:most, make_interval(secs => :lease))",
            most=most,
            lease=lease,
        )

    async def end(self, claim: LetterClaim, error: str | None = None, *, again: float | None = None) -> None:
        """End one try: well, or with its error, to be tried ``again`` after so many seconds or never."""
        await run(
            self._connection,
            """select hub_cross.end_letter(:id, :attempts, cast(:error as text),
                                           make_interval(secs => cast(:again as double precision)))""",
            id=claim.id,
            attempts=claim.attempts,
            error=error,
            again=again,
        )
