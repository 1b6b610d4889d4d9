"""``hub up``: everything on one machine, and with ``--demo`` a tenant to try it with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from hub.run.house import House, open_house
from hub.run.listening import refuse_taken_port
from hub.run.local import local_database, tell_joiners
from hub.run.process import Drain, serving, working
from hub.settings import Settings
from hub.settings.values import NamedEmbedder
from hub.store.migrate import migrate

if TYPE_CHECKING:
    from hub.http.frontend import DemoFacts
    from hub.run.demo import Demo
    from hub.run.demo_people import DemoSignIn
    from hub.simulator.server import Simulator

SIMULATED_MODEL, SIMULATED_EMBEDDING = "sim-grounded", "sim-embedding"


@dataclass(frozen=True, slots=True)
class Address:
    """One thing to open, and what it is; or how to sign in there."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Running:
    """What is up: where to click, and the parts, for those who started it."""

    addresses: tuple[Address, ...]
    house: House
    simulated: bool


@asynccontextmanager
async def running(settings: Settings, *, demo: bool, told: Callable[[str], None]) -> AsyncIterator[Running]:
    """Database, migrations, server, worker and, for the demo, the simulator; all stop when the block ends."""
    await asyncio.to_thread(refuse_taken_port, settings.host, settings.port)
    async with AsyncExitStack() as stack:
        told("Starting the database")
        settings = await stack.enter_async_context(local_database(settings, exclusive=True))
        if settings.database_url is None:
            raise RuntimeError("a local database has a URL")
        told("Bringing the schema up to date")
        url = settings.database_url.get_secret_value()
        admin = settings.database_admin_url.get_secret_value() if settings.database_admin_url else url
        await migrate(admin, url)
        simulator = await _simulator(stack, demo, told)
        if simulator is not None:
            await asyncio.to_thread(tell_joiners, settings.data_dir, **_platforms(simulator))
        settings, simulated = _with_models(settings, simulator)
        if simulator is not None:
            from hub.run.demo_people import with_demo_providers

            settings = with_demo_providers(settings, simulator)
        house = await stack.enter_async_context(open_house(settings))
        base = f"http://{_name(settings.host)}:{settings.port}"
        demo_site = await _prepare_demo(house, simulator, base, simulated, told) if simulator is not None else None
        told("Starting the server and the worker")
        drain = Drain(announce=0.0)  # nobody shares requests out between processes here
        await stack.enter_async_context(working(house, drain=drain))
        await stack.enter_async_context(
            serving(
                house,
                host=settings.host,
                port=settings.port,
                drain=drain,
                demo=demo_site.facts if demo_site else None,
                docs=documentation() if demo_site else None,
            )
        )
        stack.push_async_callback(drain)
        addresses = [Address("API docs", f"{base}/api/docs"), Address("Health", f"{base}/readyz")]
        if demo_site is not None:
            await demo_site.demo.load_documents(documentation(), told)
            await indexed(house, told)
            addresses = [
                Address("Demo site with the chat bubble", f"{base}/demo/"),
                Address("Admin UI", f"{base}/admin/"),
                Address("  as its owner", f"{demo_site.sign_in.owner}  {demo_site.sign_in.password}"),
                Address("  as an agent", f"{demo_site.sign_in.agent}  {demo_site.sign_in.password}"),
                Address("  as another", f"{demo_site.sign_in.second_agent}  {demo_site.sign_in.password}"),
                Address("The same bot on every simulated platform", f"{demo_site.pages}/phones/"),
                Address("  on Telegram alone", demo_site.facts.telegram or ""),
                Address("  on WhatsApp alone", f"{demo_site.pages}/whatsapp/"),
                Address("  on Messenger alone", f"{demo_site.pages}/messenger/"),
                Address("  in Slack alone", f"{demo_site.pages}/slack/"),
                Address("Every mail it sends", f"{demo_site.pages}/mail/"),
                *addresses,
            ]
        else:
            addresses = [*await _first_steps(house, base), *addresses]
        yield Running(tuple(addresses), house, simulated)


async def _first_steps(house: House, base: str) -> list[Address]:
    """Where colleagues work, and, while nobody can sign in, the one-time link that makes the first of them."""
    from hub.accounts.links import address
    from hub.run.signing_in import people_of

    token = await people_of(house).first_link()
    first = [] if token is None else [Address("  your first sign-in, once", address(base, "set-up", token))]
    return [Address("Admin UI", f"{base}/admin/"), *first]


async def _simulator(stack: AsyncExitStack, demo: bool, told: Callable[[str], None]) -> Simulator | None:
    if not demo:
        return None
    told("Starting the simulator")
    from hub.simulator.server import Simulator

    # At a reading pace, so that one sees an answer grow as a real model writes it.
    return await stack.enter_async_context(Simulator(tokens_per_second=60))


def _platforms(simulator: Simulator) -> dict[str, str]:
    """The settings that lead to the simulated platforms."""
    return {
        "messenger_api_url": simulator.messenger_url,
        "slack_api_url": simulator.slack_url,
        "telegram_api_url": simulator.telegram_url,
        "whatsapp_api_url": simulator.whatsapp_url,
    }


def _with_models(settings: Settings, simulator: Simulator | None) -> tuple[Settings, bool]:
    """In the demo, the simulated platform, and the simulated model unless a real one is set."""
    changes: dict[str, object] = {}
    simulated = False
    if settings.embedding_provider is None:
        changes["embedding_provider"] = "auto"
    if simulator is not None:
        changes |= _platforms(simulator)
        if settings.smtp_url is None:
            changes["smtp_url"] = SecretStr(simulator.smtp_url)
        if settings.llm_provider is None:
            simulated = True
            changes |= {
                "llm_provider": "openai",
                "llm_model": SIMULATED_MODEL,
                "openai_base_url": simulator.model_url,
            }
            if not settings.embedding_others:
                # So that one can fill, compare and switch to a second set of vectors.
                changes["embedding_others"] = (NamedEmbedder("openai", SIMULATED_EMBEDDING, 384),)
    return settings.model_copy(update=changes), simulated


@dataclass(frozen=True, slots=True)
class DemoSite:
    """The prepared demo: who loads its documents, what its page says, and where the simulated chats are."""

    demo: Demo
    facts: DemoFacts
    pages: str
    sign_in: DemoSignIn


async def _prepare_demo(
    house: House, simulator: Simulator, base: str, simulated: bool, told: Callable[[str], None]
) -> DemoSite:
    from hub.http.frontend import DemoFacts
    from hub.run.demo import Demo

    told("Preparing the demo")
    demo = Demo(house, simulator=simulator, base_url=base)
    site_key, bot = await demo.prepare()
    return DemoSite(
        demo,
        DemoFacts(
            site_key=site_key,
            hub=base,
            model=house.settings.llm_model,
            simulated=simulated,
            telegram=f"{simulator.pages_url}/telegram/?bot={bot}",
            phones=f"{simulator.pages_url}/phones/",
        ),
        simulator.pages_url,
        await demo.people(),
    )


async def indexed(house: House, told: Callable[[str], None], *, patience: float = 120.0) -> None:
    """Wait until the demo's documents can be found, so that the first question is answered. A machine that needs longer
    goes on reading them while the demo is open."""
    from hub.run.demo import SLUG

    async with house.store.directory() as directory:
        tenant = await directory.tenant(SLUG)
    if tenant is None:
        return
    waiting = total = 0
    try:
        async with asyncio.timeout(patience):
            while True:
                async with house.store.begin(tenant.id) as tx:
                    waiting = await tx.documents.count(status="queued") + await tx.documents.count(status="processing")
                    total = await tx.documents.count()
                if not waiting:
                    return
                told(f"Indexing the documentation ({total - waiting} of {total})")
                await asyncio.sleep(0.2)
    except TimeoutError:
        told(f"Still reading ({waiting} of {total} left): what they say is found a little later")


def documentation() -> Path:
    """Switchboard's own documentation: at the top of a checkout, or inside the wheel."""
    spec = find_spec("hub")
    package = Path(spec.origin).parent if spec and spec.origin else Path(__file__).parents[1]
    packaged = package / "_docs"
    return packaged if packaged.is_dir() else package.parent / "docs"


def _name(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # names what one may click, binds nothing
