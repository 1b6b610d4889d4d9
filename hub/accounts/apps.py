"""Managing the deployment's shared platform apps: secrets checked, sealed and never read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.accounts.credentials import ChannelAccounts
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import AppId, uuid7
from hub.store.cross import AppRow
from hub.store.session import Store

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "whatsapp": ("app_id", "app_secret", "verify_token"),
    "messenger": ("app_id", "app_secret", "verify_token"),
    "slack": ("app_id", "client_id", "client_secret", "signing_secret"),
}
"""What each kind of shared app needs (contract, "Apps shared by many accounts")."""
_LONGEST = 2_000


class AppDesk:
    """What the operator does with shared apps."""

    def __init__(self, *, store: Store, accounts: ChannelAccounts) -> None:
        self._store = store
        self._accounts = accounts

    async def all(self) -> list[AppRow]:
        """Every app, oldest first."""
        async with self._store.cross() as cross:
            rows = await cross.apps()
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    async def get(self, id: AppId) -> AppRow:
        """One app. Raises ``NotFound``."""
        found = next((row for row in await self.all() if row.id == id), None)
        if found is None:
            raise NotFound("There is no such app.", field="app")
        return found

    async def create(self, kind: str, name: str, credentials: Mapping[str, Any]) -> AppRow:
        """A new app. Raises ``Invalid`` naming the credential, ``Conflict`` for an app that is set up already."""
        checked = check_app(kind, credentials)
        if any(row.kind == kind and row.account == checked["app_id"] for row in await self.all()):
            raise Conflict("This app is set up already.", field="credentials.app_id")
        id = AppId(uuid7())
        async with self._store.cross() as cross:
            await cross.add_app(id, kind, name, checked["app_id"], self._accounts.seal_app(checked))
        self._accounts.forget()
        return await self.get(id)

    async def change(
        self, id: AppId, *, name: str | None = None, credentials: Mapping[str, Any] | None = None
    ) -> AppRow:
        """The app as changed; what is None stays. Its app id stays too. Raises ``NotFound`` and ``Invalid``."""
        row = await self.get(id)
        secret: bytes | None = None
        if credentials is not None:
            checked = check_app(row.kind, credentials)
            if checked["app_id"] != row.account:
                raise Invalid("The app id stays; set the other app up beside it.", field="credentials.app_id")
            secret = self._accounts.seal_app(checked)
        async with self._store.cross() as cross:
            await cross.change_app(id, name=name, secret=secret)
        self._accounts.forget()
        return await self.get(id)

    async def remove(self, id: AppId) -> None:
        """Forget an app. Raises ``NotFound``."""
        async with self._store.cross() as cross:
            gone = await cross.remove_app(id)
        self._accounts.forget()
        if not gone:
            raise NotFound("There is no such app.", field="app")


def check_app(kind: str, credentials: Mapping[str, Any]) -> dict[str, str]:
    """The app's credentials, complete and as text. Raises ``Invalid`` naming the kind or the credential."""
    needed = _NEEDED.get(kind)
    if needed is None:
        raise Invalid(f"Shared apps are of the kinds {', '.join(sorted(_NEEDED))}.", field="kind")
    unknown = [name for name in credentials if name not in needed]
    if unknown:
        raise Invalid(f"An app of this kind has {', '.join(needed)}.", field=f"credentials.{unknown[0]}")
    checked: dict[str, str] = {}
    for name in needed:
        value = credentials.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
            raise Invalid("This is needed, as text.", field=f"credentials.{name}")
        checked[name] = value.strip()
    return checked
