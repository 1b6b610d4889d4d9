"""The rooms behind the front door: what agents, owners, operators and integrators call, with all that it needs."""

from __future__ import annotations

from admin.api.apps import AppsApi
from admin.api.budgets import BudgetsApi
from admin.api.changes import ChangesApi
from admin.api.channels import ChannelsApi
from admin.api.chunking import ChunkingApi
from admin.api.documents import DocumentsApi
from admin.api.embedding_sets import EmbeddingSetsApi
from admin.api.evaluations import EvaluationsApi
from admin.api.events import EventsApi
from admin.api.example import ExampleApi
from admin.api.feedback import FeedbackApi
from admin.api.files import FilesApi
from admin.api.fixes import FixesApi
from admin.api.gaps import GapsApi
from admin.api.inbox import InboxApi
from admin.api.installs import InstallsApi
from admin.api.keys import KeysApi
from admin.api.ledger import LedgerApi
from admin.api.models import ModelsApi
from admin.api.organisations import OrganisationsApi
from admin.api.portraits import PortraitsApi
from admin.api.prompts import PromptsApi
from admin.api.qa_pairs import QaPairsApi
from admin.api.ratings import RatingsApi
from admin.api.reports import ReportsApi
from admin.api.search import SearchApi
from admin.api.sites import SitesApi
from admin.api.sources import SourcesApi
from admin.api.suggestions import SuggestionsApi
from admin.api.system import SystemApi
from admin.api.templates import TemplatesApi
from admin.api.tenants import TenantsApi
from admin.api.usage import UsageApi
from admin.api.webhooks import WebhooksApi
from hub import __version__
from hub.accounts.apps import AppDesk
from hub.accounts.channels import ChannelDesk
from hub.accounts.installs import InstallDesk
from hub.accounts.keys import ApiKeys, Tenants
from hub.accounts.organisations import OrganisationDesk
from hub.accounts.portraits import Portraits
from hub.accounts.templates import TemplateDesk
from hub.accounts.tenants import TenantDesk
from hub.core.ids import ChannelId, ChannelKind, TenantId
from hub.core.ports import DeltaFeed
from hub.events.desk import WebhookDesk
from hub.events.pull import EventReader
from hub.http.chat import ChatApi
from hub.http.completions import CompletionsApi
from hub.http.idempotency import Once
from hub.http.mcp import McpApi
from hub.http.routes import Route
from hub.inbox.agents import AgentDesk
from hub.inbox.continuing import Ways
from hub.inbox.lane import Turn
from hub.inbox.ledger import LedgerDesk
from hub.jobs.desk import JobsDesk
from hub.jobs.wakers import RedisWaker
from hub.knowledge.corrections import Corrections
from hub.knowledge.embedding_sets import EmbeddingSetDesk
from hub.knowledge.recutting import ChunkingDesk
from hub.knowledge.set_comparison import SetComparison
from hub.knowledge.sources import SourceDesk
from hub.llm.ports import ChatModel
from hub.metering.budgets import BudgetDesk
from hub.metering.calls import CallDesk
from hub.metering.choices import ModelDesk
from hub.metering.reports import ReportDesk
from hub.run.house import House
from hub.run.signing_in import HasRoutes, SigningIn
from orchestrator.chat import ChatEngine, Question
from orchestrator.data_sets import DataSetDesk
from orchestrator.evaluation_runs import Trials
from orchestrator.example import ExampleDesk
from orchestrator.gaps import GapReport
from orchestrator.pair_desk import PairDesk
from orchestrator.prompts import PromptDesk
from orchestrator.retrieve import Search
from orchestrator.suggest import Suggester
from orchestrator.trials import Trial

WEBCHAT = ChannelKind("webchat")


def routes_of_rooms(house: House, *, once: Once) -> list[Route]:
    """Every route of these rooms."""
    public_url = house.settings.public_url
    engine = build_engine(house)
    trial = Trial(search=house.retriever, model_for=house.models.chat_for)
    models = ModelDesk(store=house.store, plans=house.models.plans, usual=house.models.usual())
    apis: tuple[HasRoutes, ...] = (
        build_system_api(house),
        SigningIn(
            store=house.store,
            secret_keys=house.secret_keys,
            public_url=public_url,
            post=house.post,
            providers=house.providers,
        ),
        ChatApi(engine=engine),
        ExampleApi(desk=ExampleDesk(store=house.store, library=house.library, engine=engine)),
        CompletionsApi(engine=engine, tenants=Tenants(store=house.store)),
        TenantsApi(
            desk=TenantDesk(store=house.store, plans=house.settings.offered_plans),
            accounts=house.accounts,
            blobs=house.blobs,
        ),
        OrganisationsApi(desk=OrganisationDesk(store=house.store)),
        ChannelsApi(
            desk=ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels),
            public_url=house.base_url,
        ),
        AppsApi(desk=AppDesk(store=house.store, accounts=house.accounts), public_url=public_url),
        TemplatesApi(
            desk=TemplateDesk(
                store=house.store,
                channels=ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels),
            )
        ),
        InstallsApi(desk=build_installs(house)),
        DocumentsApi(library=house.library, once=once),
        SourcesApi(desk=SourceDesk(store=house.store, library=house.library, client=house.outbound)),
        SearchApi(library=house.library, retriever=house.retriever),
        EmbeddingSetsApi(
            desk=build_embedding_sets(house),
            comparison=SetComparison(store=house.store, retriever=house.retriever),
        ),
        ChunkingApi(desk=ChunkingDesk(store=house.store, library=house.library)),
        McpApi(search=house.retriever, contexts=house.library),
        SuggestionsApi(
            suggest=Suggester(
                store=house.store,
                search_on=lambda channel: search_on(house, channel),
                model_for=house.models.chat_for,
            )
        ),
        PromptsApi(desk=PromptDesk(store=house.store, trial=trial, models=models)),
        FixesApi(
            trial=trial,
            corrections=Corrections(store=house.store, blobs=house.blobs, library=house.library),
            store=house.store,
        ),
        InboxApi(
            store=house.store,
            channels=house.channels,
            clock=house.clock,
            desk=AgentDesk(
                store=house.store,
                channels=house.channels,
                announcer=house.feed,
                feed=house.feed,
                waker=house.waker,
                clock=house.clock,
                bell=house.feed,
            ),
        ),
        ReportsApi(desk=ReportDesk(store=house.store, clock=house.clock)),
        LedgerApi(store=house.store, desk=LedgerDesk(store=house.store, waker=house.waker), clock=house.clock),
        WebhooksApi(
            desk=WebhookDesk(
                store=house.store,
                vault=house.vault,
                outbound=house.outbound,
                clock=house.clock,
                waker=house.waker,
            )
        ),
        FilesApi(store=house.store, blobs=house.blobs, once=once),
        PortraitsApi(portraits=Portraits(store=house.store, blobs=house.blobs)),
        EventsApi(reader=EventReader(store=house.store)),
        FeedbackApi(store=house.store),
        RatingsApi(store=house.store),
        SitesApi(
            desk=ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels),
            store=house.store,
            check_ways=Ways(accounts=house.accounts, channels=house.channels).check,
        ),
        ModelsApi(desk=models),
        BudgetsApi(desk=BudgetDesk(store=house.store)),
        UsageApi(
            store=house.store,
            calls=CallDesk(store=house.store, clock=house.clock, plans=house.settings.offered_plans),
        ),
        GapsApi(report=GapReport(store=house.store, embedder_for=house.models.embedder_for)),
        QaPairsApi(desk=build_pairs(house)),
        ChangesApi(store=house.store),
        EvaluationsApi(desk=DataSetDesk(store=house.store, waker=house.waker)),
        KeysApi(keys=ApiKeys(store=house.store, admin_key=None), store=house.store, clock=house.clock),
    )
    return [route for api in apis for route in api.routes()]


def build_embedding_sets(house: House) -> EmbeddingSetDesk:
    """What makes and switches sets of vectors, for the routes and for the command line."""
    return EmbeddingSetDesk(
        store=house.store,
        library=house.library,
        embedder_for=house.models.embedder_for,
        models=house.models.embedding_models,
    )


def search_on(house: House, channel: ChannelId) -> Search:
    """The search that answers on a channel."""
    from hub.run.background import ScopedSearch  # loaded with the first suggestion

    return ScopedSearch(house, None, channel)


def build_engine(house: House) -> ChatEngine:
    """What answers questions of the chat API and of the command line."""

    def seal(tenant: TenantId) -> bytes:
        adapter = house.channels[WEBCHAT]
        # No page can have this origin (RFC 2606 reserves the ending), so no browser can use the API's channel.
        return house.accounts.seal(tenant, adapter.configure({"allowed_origins": ["https://chat-api.invalid"]}))

    def turn_with(feed: DeltaFeed, question: Question) -> Turn:
        from hub.run.background import build_turn  # everything a turn needs: loaded with the first question

        return build_turn(house, feed, question.context, question.earlier)

    return ChatEngine(
        store=house.store,
        accept=house.accept,
        feed=house.feed,
        turn_with=turn_with,
        kind=WEBCHAT,
        seal=seal,
        owner=house.owner,
        clock=house.clock,
    )


def build_trials(house: House) -> Trials:
    """What asks the questions of data sets."""
    return Trials(store=house.store, search=house.retriever, model_for=house.models.chat_for)


def build_pairs(house: House) -> PairDesk:
    """What makes knowledge of colleagues' answers."""

    async def model_for(tenant: TenantId) -> ChatModel | None:
        return await house.models.task_for(tenant, None, "pair")

    return PairDesk(store=house.store, library=house.library, model_for=model_for)


def build_installs(house: House) -> InstallDesk:
    """What installs shared apps, for the routes and for the command line."""
    return InstallDesk(
        store=house.store,
        accounts=house.accounts,
        channels=house.channels,
        secret_keys=house.secret_keys,
        public_url=house.settings.public_url,
    )


def build_system_api(house: House) -> SystemApi:
    """The operator's view."""
    return SystemApi(
        store=house.store,
        desk=JobsDesk(
            store=house.store, waker=house.waker, after_cancel={"document.ingest": house.library.work_given_up}
        ),
        version=__version__,
        channels=list(house.channels),
        redis=house.waker.facts if isinstance(house.waker, RedisWaker) else None,
        response_times=house.metrics.response_times,
        models=house.models.health,
    )
