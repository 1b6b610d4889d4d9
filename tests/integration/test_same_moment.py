"""What two do at the same moment: made once where it is the same for both, and otherwise told in plain words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.messenger.channel import MessengerChannel
from hub.accounts.channels import ChannelDesk
from hub.accounts.credentials import ChannelAccounts
from hub.core.errors import Conflict
from hub.core.ids import AccountKey, ChannelId, ChannelKind, InvitationId, TenantId, uuid7
from hub.run.house import SystemClock
from hub.security.encryption import Vault, generate_key
from hub.store.channels import ChannelRow
from hub.store.cross import Cross
from hub.store.directory import TenantRow
from hub.store.rows import fetch_value, run
from hub.store.session import Store
from support.database import Database
from support.running_hub import hub_in_process
from support.store import MakeTenant

_AT_ONCE = 8
_CHANNELS = 60


async def test_many_who_need_the_same_channel_at_once_all_get_it(store: Store, tenant: TenantRow) -> None:
    begun = asyncio.Barrier(_AT_ONCE)

    async def ensure(channel: ChannelId) -> None:
        async with store.begin(tenant.id) as tx:
            await begun.wait()
            kind, account = ChannelKind("webchat"), AccountKey(str(channel))
            await tx.channels.ensure(channel, kind, "Chat API", account, b"secret", {})

    for _ in range(_CHANNELS):
        channel = ChannelId(uuid7())
        await asyncio.gather(*(ensure(channel) for _ in range(_AT_ONCE)))
    async with store.begin(tenant.id) as tx:
        assert len(await tx.channels.page(_CHANNELS + 1)) == _CHANNELS
        routes = await fetch_value(tx.connection, "select count(*) from hub.route")
    assert routes == _CHANNELS


async def test_the_second_of_two_hears_that_somebody_was_first(store: Store, tenant: TenantRow) -> None:
    insert = "insert into hub.context(id, tenant_id, name) values (:id, :t, 'shop')"
    with pytest.raises(Conflict, match="same moment"):
        async with store.begin(tenant.id) as tx:
            for _ in range(2):
                await run(tx.connection, insert, id=uuid7(), t=tenant.id)
    async with store.begin(tenant.id) as tx:
        assert await fetch_value(tx.connection, "select count(*) from hub.context") == 0


MESSENGER = ChannelKind("messenger")
_PAGES = 20


def channel_desk(store: Store, accounts: ChannelAccounts) -> ChannelDesk:
    return ChannelDesk(
        store=store, accounts=accounts, channels={MESSENGER: MessengerChannel(session=None, clock=SystemClock())}
    )


def page(id: str, **more: str) -> dict[str, Any]:
    return {
        "page_id": id,
        "page_access_token": "token-of-the-page",
        "app_secret": "secret",
        "verify_token": "verify",
        **more,
    }


async def test_of_companies_that_connect_one_account_at_once_one_gets_it(store: Store, make_tenant: MakeTenant) -> None:
    accounts = ChannelAccounts(store=store, vault=Vault([generate_key()]))
    desk = channel_desk(store, accounts)
    companies = [(await make_tenant()).id for _ in range(_AT_ONCE)]

    async def connect(company: TenantId, id: str, number: int) -> ChannelRow | None:
        app = {"app_id": str(1000 + number)} if number % 2 else {}
        try:
            return await desk.create(company, MESSENGER, "Page", page(id, **app))
        except Conflict:
            return None

    for n in range(_PAGES):
        id = str(100_000 + n)
        made = await asyncio.gather(*(connect(company, id, n) for n, company in enumerate(companies)))
        assert len([row for row in made if row is not None]) == 1
        assert len(await accounts.by_account(MESSENGER, AccountKey(id))) == 1


class _Held:
    """A store whose looks across tenants stay on their way until they may go on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.looked, self.go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def cross(self) -> AsyncIterator[Cross]:
        async with self._store.cross() as cross:
            yield cross
        self.looked.set()
        await self.go_on.wait()


async def test_what_was_looked_up_before_a_change_is_not_remembered_after_it(store: Store, tenant: TenantRow) -> None:
    held = _Held(store)
    accounts = ChannelAccounts(store=held, vault=Vault([generate_key()]))  # type: ignore[arg-type]  # all it asks of a store
    desk = channel_desk(store, accounts)
    row = await desk.create(tenant.id, MESSENGER, "Page", page("1"))
    early = asyncio.create_task(accounts.by_id(row.id))
    await held.looked.wait()
    await desk.change(tenant.id, row.id, enabled=False)
    held.go_on.set()
    before, after = await early, await accounts.by_id(row.id)
    assert before is not None
    assert after is not None
    assert (before.enabled, after.enabled) == (True, False)


async def test_of_invitations_that_go_to_one_address_at_once_one_is_open(store: Store, tenant: TenantRow) -> None:
    async def invite(number: int) -> None:
        async with store.directory() as directory:
            await directory.invitations.add(
                InvitationId(uuid7()), tenant.id, "ada@example.com", "agent", [], None, number.to_bytes(32, "big"),
                mailed=False, seconds=60,
            )  # fmt: skip

    for first in range(0, 20 * _AT_ONCE, _AT_ONCE):
        await asyncio.gather(*(invite(first + n) for n in range(_AT_ONCE)))
    async with store.directory() as directory:
        assert len(await directory.invitations.page(tenant.id, 10)) == 1


async def test_a_first_question_that_a_worker_takes_is_answered_all_the_same(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_slow(*_: object) -> None:
        """A worker holds it already."""

    monkeypatch.setattr("hub.store.conversations.Conversations.claim_one", too_slow)
    async with hub_in_process(database, tmp_path) as hub:
        tenant = await hub.tenant()
        answer = await hub.ok("POST", f"/api/v1/tenants/{tenant}/chat", json={"message": "When do you open?"})
        assert answer["message"]["author"]["kind"] == "bot"
        again = {"message": "And on Sundays?", "conversation_id": answer["conversation_id"]}
        status, body = await hub.call("POST", f"/api/v1/tenants/{tenant}/chat", json=again)
        assert (status, body["code"]) == (409, "conflict")
