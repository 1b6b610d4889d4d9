"""The one door to the database: a transaction for one tenant, or for none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

from hub.core.ids import TenantId
from hub.store.accept import AcceptCall
from hub.store.cross import Cross
from hub.store.directory import Directory
from hub.store.errors import TROUBLE, StoreError, told_apart
from hub.store.operation import Operation
from hub.store.pool import AWAY, Connection, Pool
from hub.store.presence import PresenceLine

if TYPE_CHECKING:
    from hub.store.attributes import Attributes
    from hub.store.audit import Audit
    from hub.store.budgets import Budgets
    from hub.store.calendars import Calendars
    from hub.store.calls import Calls
    from hub.store.channels import Channels
    from hub.store.chunks import Chunks
    from hub.store.contacts import Contacts
    from hub.store.contexts import Contexts
    from hub.store.continuations import Continuations
    from hub.store.conversation_list import ConversationList
    from hub.store.conversations import Conversations
    from hub.store.document_changes import DocumentChanges
    from hub.store.documents import Documents
    from hub.store.drafts import Drafts
    from hub.store.embeddings import Embeddings
    from hub.store.evaluation_runs import EvaluationRuns
    from hub.store.evaluations import Evaluations
    from hub.store.events import Events
    from hub.store.feedback import Feedback
    from hub.store.files import Files
    from hub.store.gaps import Gaps
    from hub.store.guest_threads import GuestThreads
    from hub.store.handoffs import Handoffs
    from hub.store.idempotency import Idempotency
    from hub.store.inbox import Inbox
    from hub.store.jobs import Jobs
    from hub.store.kept_answers import KeptAnswers
    from hub.store.labels import Labels
    from hub.store.ledger import Ledger
    from hub.store.macros import Macros
    from hub.store.messages import Messages
    from hub.store.model_choices import ModelChoices
    from hub.store.notifications import Notifications
    from hub.store.outbox import Outbox
    from hub.store.portraits import Portraits
    from hub.store.prompts import Prompts
    from hub.store.qa_pairs import QaPairs
    from hub.store.ratings import Ratings
    from hub.store.readings import Readings
    from hub.store.reports import Reports
    from hub.store.saved_views import SavedViews
    from hub.store.search import Search
    from hub.store.sources import Sources
    from hub.store.summaries import Summaries
    from hub.store.teams import Teams
    from hub.store.templates import Templates
    from hub.store.tenants import TenantSettingsRows
    from hub.store.turns import Turns
    from hub.store.undo import Undo
    from hub.store.usage import UsageRows
    from hub.store.webhook_deliveries import WebhookDeliveries
    from hub.store.webhooks import Webhooks

R = TypeVar("R")
_BEGIN = "begin; select set_config('role', 'hub_app', true), set_config('app.tenant_id', '{tenant}', true)"

PLATFORM = TenantId(UUID(int=0))
"""Stands where a tenant would for rows of the platform admin's own (idempotency keys). No tenant has this id."""


class _Repository(Generic[R]):
    """A repository of a transaction, loaded and made when it is first asked for."""

    def __init__(self, module: str, cls: str) -> None:
        self._module, self._class = module, cls

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, tx: Tx, _owner: type) -> R:
        repository: R = getattr(import_module(f"hub.store.{self._module}"), self._class)(tx.connection, tx.tenant)
        tx.__dict__[self._name] = repository  # found before this descriptor from now on
        return repository


class Tx:
    """One transaction of one tenant. Repositories are made when first asked for."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self.connection = connection
        self.tenant = tenant

    settings: _Repository[TenantSettingsRows] = _Repository("tenants", "TenantSettingsRows")
    portraits: _Repository[Portraits] = _Repository("portraits", "Portraits")
    teams: _Repository[Teams] = _Repository("teams", "Teams")
    feedback: _Repository[Feedback] = _Repository("feedback", "Feedback")
    guest_threads: _Repository[GuestThreads] = _Repository("guest_threads", "GuestThreads")
    ratings: _Repository[Ratings] = _Repository("ratings", "Ratings")
    audit: _Repository[Audit] = _Repository("audit", "Audit")
    channels: _Repository[Channels] = _Repository("channels", "Channels")
    templates: _Repository[Templates] = _Repository("templates", "Templates")
    contacts: _Repository[Contacts] = _Repository("contacts", "Contacts")
    continuations: _Repository[Continuations] = _Repository("continuations", "Continuations")
    conversations: _Repository[Conversations] = _Repository("conversations", "Conversations")
    conversation_list: _Repository[ConversationList] = _Repository("conversation_list", "ConversationList")
    labels: _Repository[Labels] = _Repository("labels", "Labels")
    reports: _Repository[Reports] = _Repository("reports", "Reports")
    saved_views: _Repository[SavedViews] = _Repository("saved_views", "SavedViews")
    macros: _Repository[Macros] = _Repository("macros", "Macros")
    drafts: _Repository[Drafts] = _Repository("drafts", "Drafts")
    readings: _Repository[Readings] = _Repository("readings", "Readings")
    attributes: _Repository[Attributes] = _Repository("attributes", "Attributes")
    calendars: _Repository[Calendars] = _Repository("calendars", "Calendars")
    handoffs: _Repository[Handoffs] = _Repository("handoffs", "Handoffs")
    notifications: _Repository[Notifications] = _Repository("notifications", "Notifications")
    undo: _Repository[Undo] = _Repository("undo", "Undo")
    messages: _Repository[Messages] = _Repository("messages", "Messages")
    inbox: _Repository[Inbox] = _Repository("inbox", "Inbox")
    ledger: _Repository[Ledger] = _Repository("ledger", "Ledger")
    turns: _Repository[Turns] = _Repository("turns", "Turns")
    outbox: _Repository[Outbox] = _Repository("outbox", "Outbox")
    files: _Repository[Files] = _Repository("files", "Files")
    usage: _Repository[UsageRows] = _Repository("usage", "UsageRows")
    prompts: _Repository[Prompts] = _Repository("prompts", "Prompts")
    gaps: _Repository[Gaps] = _Repository("gaps", "Gaps")
    evaluation_runs: _Repository[EvaluationRuns] = _Repository("evaluation_runs", "EvaluationRuns")
    evaluations: _Repository[Evaluations] = _Repository("evaluations", "Evaluations")
    summaries: _Repository[Summaries] = _Repository("summaries", "Summaries")
    qa_pairs: _Repository[QaPairs] = _Repository("qa_pairs", "QaPairs")
    model_choices: _Repository[ModelChoices] = _Repository("model_choices", "ModelChoices")
    budgets: _Repository[Budgets] = _Repository("budgets", "Budgets")
    calls: _Repository[Calls] = _Repository("calls", "Calls")
    kept_answers: _Repository[KeptAnswers] = _Repository("kept_answers", "KeptAnswers")
    events: _Repository[Events] = _Repository("events", "Events")
    webhooks: _Repository[Webhooks] = _Repository("webhooks", "Webhooks")
    webhook_deliveries: _Repository[WebhookDeliveries] = _Repository("webhook_deliveries", "WebhookDeliveries")
    jobs: _Repository[Jobs] = _Repository("jobs", "Jobs")
    contexts: _Repository[Contexts] = _Repository("contexts", "Contexts")
    documents: _Repository[Documents] = _Repository("documents", "Documents")
    document_changes: _Repository[DocumentChanges] = _Repository("document_changes", "DocumentChanges")
    sources: _Repository[Sources] = _Repository("sources", "Sources")
    chunks: _Repository[Chunks] = _Repository("chunks", "Chunks")
    embeddings: _Repository[Embeddings] = _Repository("embeddings", "Embeddings")
    search: _Repository[Search] = _Repository("search", "Search")
    idempotency: _Repository[Idempotency] = _Repository("idempotency", "Idempotency")


class Store:
    """Opens transactions. Holds nothing but the pool; made once by ``hub.run``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.accept = AcceptCall(pool)

    @asynccontextmanager
    async def begin(self, tenant: TenantId) -> AsyncIterator[Tx]:
        """A transaction that sees and writes this tenant's rows alone; commits when the block ends well."""
        async with self._transaction(str(UUID(str(tenant)))) as connection:
            yield Tx(connection, tenant)

    @asynccontextmanager
    async def directory(self) -> AsyncIterator[Directory]:
        """A transaction over the global tables: tenants, keys, routes. Sees no tenant's rows."""
        async with self._transaction("") as connection:
            yield Directory(connection)

    @asynccontextmanager
    async def cross(self) -> AsyncIterator[Cross]:
        """A transaction for the listed functions that look across tenants."""
        async with self._transaction("") as connection:
            yield Cross(connection)

    @asynccontextmanager
    async def operation(self) -> AsyncIterator[Operation]:
        """A transaction over the deployment's own rows, for the operator and the processes themselves."""
        async with self._transaction("") as connection:
            yield Operation(connection)

    @asynccontextmanager
    async def _transaction(self, tenant: str) -> AsyncIterator[Connection]:
        """A transaction whose database troubles come out as ``StoreError`` or ``StoreBusy``; mistakes stay mistakes.

        Begun and ended on the driver: the beginning, the role and the tenant take one round trip together.
        """
        try:
            connection = await self._pool.take()
        except AWAY as error:
            raise StoreError("The database cannot be reached just now.") from error
        ended = False
        try:
            await connection.execute(_BEGIN.format(tenant=tenant))
            yield connection
            if await connection.execute("commit") != "COMMIT":
                raise StoreError("A statement had failed, so nothing of the transaction was kept.")
            ended = True
        except TROUBLE as error:
            raise told_apart(error) from error
        except TimeoutError as error:  # of a statement, where the session cannot hold a limit for it
            raise StoreError("The database did not answer in time.") from error
        finally:
            # A cancelled caller must still give its connection back to the pool.
            await asyncio.shield(self._pool.give_back(connection, ended=ended))

    def presence(self, owner: UUID) -> PresenceLine:
        """The line on which this owner of leases is present, not yet open."""
        return PresenceLine(self._pool, owner)

    @property
    def pool(self) -> tuple[int, int]:
        """How many connections this process may hold, and how many it is using."""
        return self._pool.size, self._pool.used

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()
