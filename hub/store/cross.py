"""The functions that look across tenants: claims, sweeps, look-ups before a tenant is known.

Those of the deployment itself stand in ``operation``; a test knows the names of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import (
    AccountKey,
    AppId,
    ChannelId,
    ChannelKind,
    ConversationId,
    DeliveryId,
    TenantId,
    WebhookDeliveryId,
)
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, fetch_value, run


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """A channel found before its tenant was known. ``enabled``: the channel and its tenant both are."""

    id: ChannelId
    tenant_id: TenantId
    kind: ChannelKind
    account: AccountKey
    enabled: bool
    secret: bytes
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AppRow:
    """A platform app of the deployment, shared by many accounts. ``secret`` is encrypted."""

    id: AppId
    kind: ChannelKind
    name: str
    account: str
    secret: bytes
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A conversation that is ours to work on while the lease lasts.

    ``attempts`` counts the tries so far, with this one; ``crashes`` those before it that did not come back: their
    process ended.
    """

    id: ConversationId
    tenant_id: TenantId
    epoch: int
    attempts: int
    crashes: int
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class NoticeReader:
    """Somebody who wants mails, and has something they have not seen."""

    tenant_id: TenantId
    person: str


@dataclass(frozen=True, slots=True)
class DeskClaim:
    """A conversation the desk must look at; ``due`` is until when it is ours."""

    id: ConversationId
    tenant_id: TenantId
    due: datetime


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    id: DeliveryId
    tenant_id: TenantId
    epoch: int
    attempts: int
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class JobClaim:
    id: UUID
    tenant_id: TenantId
    epoch: int
    attempts: int
    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much of a kind is due, and how long the oldest waits in seconds."""

    kind: str
    due: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Deep:
    """A tenant's ``inbox`` or ``outbox`` that has reached its limit."""

    tenant_id: TenantId
    kind: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """How much of a kind (``message`` in, ``delivery`` out) is open beyond its bound; the oldest's age in seconds."""

    kind: str
    count: int
    oldest: float


@dataclass(frozen=True, slots=True)
class SecretEntry:
    owner: str
    id: UUID
    tenant_id: TenantId | None
    secret: bytes


@dataclass(frozen=True, slots=True)
class WebhookClaim:
    id: WebhookDeliveryId
    tenant_id: TenantId
    epoch: int
    attempts: int
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class EventMark:
    """The newest event that can be seen, the oldest transaction that runs, and the next that will begin."""

    seq: int
    running: int
    next: int


class Cross:
    """The functions of schema ``hub_cross``, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, n: int, after: UUID, owner: UUID, lease: float, share: int) -> list[Claim]:
        """Up to ``n`` due conversations, fair between tenants; ``lease`` in seconds. Committed before work.

        No tenant gets more than makes ``share`` with what this owner holds of it already.
        """
        return await fetch_all(
            self._connection,
            Claim,
            "select * from hub_cross.claim(:n, :after, :owner, make_interval(secs => :lease), :share)",
            n=n,
            after=after,
            owner=owner,
            lease=lease,
            share=share,
        )

    async def claim_deliveries(self, n: int, after: UUID, owner: UUID, lease: float, share: int) -> list[DeliveryClaim]:
        """Up to ``n`` due deliveries, fair between tenants, the oldest open one of each conversation; see ``claim``."""
        return await fetch_all(
            self._connection,
            DeliveryClaim,
            "select * from hub_cross.claim_deliveries(:n, :after, :owner, make_interval(secs => :lease), :share)",
            n=n,
            after=after,
            owner=owner,
            lease=lease,
            share=share,
        )

    async def claim_desk(self, n: int, lease: float) -> list[DeskClaim]:
        """Up to ``n`` conversations that the desk must look at, the longest due first."""
        return await fetch_all(
            self._connection,
            DeskClaim,
            "select * from hub_cross.claim_desk(:n, make_interval(secs => :lease))",
            n=n,
            lease=lease,
        )

    async def notice_readers(self, older: float, after: tuple[UUID, str], n: int) -> list[NoticeReader]:
        """Who may have a mail to get about what they have not seen for ``older`` seconds, from after one on."""
        return await fetch_all(
            self._connection,
            NoticeReader,
            "select * from hub_cross.notice_readers(make_interval(secs => :older), :tenant, :person, :n)",
            older=older,
            tenant=after[0],
            person=after[1],
            n=n,
        )

    async def claim_jobs(self, n: int, owner: UUID, lease: float) -> list[JobClaim]:
        """Up to ``n`` due jobs, oldest first."""
        return await fetch_all(
            self._connection,
            JobClaim,
            "select * from hub_cross.claim_jobs(:n, :owner, make_interval(secs => :lease))",
            n=n,
            owner=owner,
            lease=lease,
        )

    async def claim_webhook_deliveries(self, n: int, after: UUID, owner: UUID, lease: float) -> list[WebhookClaim]:
        """Up to ``n`` due events for tenants' endpoints, fair between endpoints, the oldest of each conversation."""
        return await fetch_all(
            self._connection,
            WebhookClaim,
            "select * from hub_cross.claim_webhook_deliveries(:n, :after, :owner, make_interval(secs => :lease))",
            n=n,
            after=after,
            owner=owner,
            lease=lease,
        )

    async def event_mark(self) -> EventMark:
        """Where the event log stands now."""
        mark = await fetch_one(self._connection, EventMark, "select * from hub_cross.event_mark()")
        if mark is None:
            raise LookupError("the event log has no mark")
        return mark

    async def fan_out_events(self, safe: int, n: int) -> int:
        """Make delivery rows of events up to ``safe`` for up to ``n`` endpoints; how many were behind."""
        return int(await fetch_value(self._connection, "select hub_cross.fan_out_events(:safe, :n)", safe=safe, n=n))

    async def sweep_inbox(self, older_than: float) -> int:
        """Make due what waits in the inbox and nothing looks at. How many conversations were woken."""
        return int(
            await fetch_value(self._connection, "select hub_cross.sweep_inbox(make_interval(secs => :s))", s=older_than)
        )

    async def backlog(self) -> list[Backlog]:
        """What is due, by kind."""
        return await fetch_all(self._connection, Backlog, "select * from hub_cross.backlog()")

    async def depths(self, inbox_limit: int, outbox_limit: int) -> list[Deep]:
        """Whose inbox or outbox has reached its limit."""
        return await fetch_all(
            self._connection,
            Deep,
            "select * from hub_cross.depths(:inbox, :outbox)",
            inbox=inbox_limit,
            outbox=outbox_limit,
        )

    async def stuck(self, bound: float) -> list[Stuck]:
        """What has no outcome though it is older than ``bound`` seconds, by kind: zeros while all is well."""
        return await fetch_all(
            self._connection, Stuck, "select * from hub_cross.stuck(make_interval(secs => :s))", s=bound
        )

    async def channel(self, id: ChannelId) -> ChannelEntry | None:
        """The channel of a webhook's address."""
        return await fetch_one(self._connection, ChannelEntry, "select * from hub_cross.channel_by_id(:id)", id=id)

    async def channels_of_account(self, kind: str, account: str) -> list[ChannelEntry]:
        """The channels that a platform's account belongs to."""
        return await fetch_all(
            self._connection,
            ChannelEntry,
            "select * from hub_cross.channel_by_account(:kind, :account)",
            kind=kind,
            account=account,
        )

    async def claim_polls(self, owner: UUID, lease: float) -> list[ChannelId]:
        """The channels whose platform this owner is to ask for events, for ``lease`` seconds; renews its own."""
        rows = await fetch_rows(
            self._connection,
            "select id from hub_cross.claim_polls(:owner, make_interval(secs => :lease))",
            owner=owner,
            lease=lease,
        )
        return [ChannelId(id) for (id,) in rows]

    async def apps(self, kind: str | None = None) -> list[AppRow]:
        """The deployment's platform apps, oldest first."""
        return await fetch_all(self._connection, AppRow, "select * from hub_cross.apps(cast(:kind as text))", kind=kind)

    async def add_app(self, id: AppId, kind: str, name: str, account: str, secret: bytes) -> None:
        """Keep a new platform app."""
        await run(
            self._connection,
            "select hub_cross.add_app(:id, :kind, :name, :account, :secret)",
            id=id,
            kind=kind,
            name=name,
            account=account,
            secret=secret,
        )

    async def change_app(self, id: AppId, *, name: str | None = None, secret: bytes | None = None) -> bool:
        """Change an app's name or secrets; what is None stays. False when there is no such app."""
        return bool(
            await fetch_value(
                self._connection,
                "select hub_cross.change_app(:id, cast(:name as text), cast(:secret as bytea))",
                id=id,
                name=name,
                secret=secret,
            )
        )

    async def remove_app(self, id: AppId) -> bool:
        """Forget an app. False when there is none."""
        return bool(await fetch_value(self._connection, "select hub_cross.remove_app(:id)", id=id))

    async def secrets(self) -> list[SecretEntry]:
        """Every encrypted secret, for rotation."""
        return await fetch_all(self._connection, SecretEntry, "select * from hub_cross.secrets()")

    async def replace_secret(self, owner: str, id: UUID, old: bytes, new: bytes) -> bool:
        """Swap a secret unless it changed meanwhile."""
        return bool(
            await fetch_value(
                self._connection,
                "select hub_cross.replace_secret(:owner, :id, :old, :new)",
                owner=owner,
                id=id,
                old=old,
                new=new,
            )
        )
