"""Putting mails on their way: written in the reader's language, sealed, and kept with what they are about."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlsplit

from hub.accounts import links
from hub.core.ports import Waker
from hub.mail.wording import PURPOSE, Letter, letter
from hub.security.encryption import Vault
from hub.store.directory import Directory
from hub.store.letters import Letters


class Post:
    """Writes mails into the transaction of what they are about. ``base_url`` is where links lead.

    ``sends`` is whether this hub has a mail server; without one nothing is written, and links are shown instead.
    """

    def __init__(self, *, vault: Vault, waker: Waker, base_url: str, sends: bool) -> None:
        self._vault = vault
        self._waker = waker
        self._base = base_url
        self.sends = sends

    async def put(
        self,
        directory: Directory,
        to: str,
        kind: str,
        locale: str,
        *,
        token: str | None = None,
        page: str | None = None,
        **values: str,
    ) -> None:
        """One mail; ``token`` makes the link of its page, ``page`` leads into the desk. Call ``wake`` once the
        transaction has ended."""
        await self.lay(directory.letters, to, kind, locale, token=token, page=page, **values)

    async def lay(
        self,
        letters: Letters,
        to: str,
        kind: str,
        locale: str,
        *,
        token: str | None = None,
        page: str | None = None,
        **values: str,
    ) -> None:
        """The same in a transaction of another kind."""
        if not self.sends:
            return
        link = "" if page is None else f"{self._base.rstrip('/')}/admin/{page}"
        if token is not None:
            link = links.address(self._base, _PAGES[kind], token)
        host = urlsplit(self._base).netloc
        await self.enclose(letters, to, letter(kind, locale, host, link=link, **values))

    async def enclose(self, letters: Letters, to: str, written: Letter) -> None:
        """A mail that is written already."""
        sealed = self._vault.encrypt_json(asdict(written), tenant=None, purpose=PURPOSE)
        await letters.add(to, written.kind, sealed)

    async def wake(self) -> None:
        """Have what was put sent at once."""
        if self.sends:
            await self._waker.wake("mail")


_PAGES = {"invitation": "invitation", "reset": "reset", "verify": "verify"}
