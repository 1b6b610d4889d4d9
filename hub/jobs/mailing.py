"""Sends mails that wait as rows: tried again with growing pauses, given up after two days or a final refusal."""

from __future__ import annotations

import structlog

from hub.core.errors import HubError, Unavailable
from hub.core.ports import Mailer, Waker
from hub.jobs.claim import ClaimLoop
from hub.mail.wording import PURPOSE
from hub.security.encryption import Vault
from hub.store.letters import LetterClaim
from hub.store.session import Store

log = structlog.get_logger(__name__)

LEASE_SECONDS = 90.0
"""Longer than one try takes at most, so that no mail is sent twice by two processes."""
_TRIES = 16
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 6 * 3_600.0


class Mailing:
    """The claim loop of mails. ``mailer`` None: nothing is claimed, and rows wait until there is one."""

    def __init__(self, *, store: Store, vault: Vault, mailer: Mailer | None, waker: Waker) -> None:
        self._store = store
        self._vault = vault
        self._mailer = mailer

        async def claim(n: int) -> list[LetterClaim]:
            async with store.directory() as directory:
                return await directory.letters.claim(n, LEASE_SECONDS)

        self._loop = ClaimLoop[LetterClaim](topic="mail", claim=claim, run=self.send, waker=waker, concurrency=4)

    def start(self) -> None:
        """Begin to send, where there is a mail server."""
        if self._mailer is not None:
            self._loop.start()

    async def stop(self, grace: float) -> None:
        """Claim nothing more; finish what is being sent within ``grace`` seconds."""
        await self._loop.stop(grace)

    async def send(self, claim: LetterClaim) -> None:
        """Try to send one mail, and note how it went."""
        error: str | None = None
        again: float | None = None
        try:
            await self._deliver(claim)
        except Unavailable as trouble:
            error = str(trouble)
            if claim.attempts < _TRIES:
                again = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (claim.attempts - 1))
        except HubError as trouble:
            error = str(trouble)
        if error is not None:
            log.warning("mail.failed", kind=claim.kind, attempt=claim.attempts, error=error, final=again is None)
        async with self._store.directory() as directory:
            await directory.letters.end(claim, error, again=again)

    async def _deliver(self, claim: LetterClaim) -> None:
        if self._mailer is None or claim.sealed is None:
            raise Unavailable("There is no mail server.")
        content = self._vault.decrypt_json(claim.sealed, tenant=None, purpose=PURPOSE)
        await self._mailer.send(claim.recipient, content["subject"], content["text"], html=content["html"])
