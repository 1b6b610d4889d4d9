"""Commands that run things: up, serve, worker, migrate, simulate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from hub.core.errors import Invalid
from hub.run.cli.opening import read_settings, run
from hub.run.cli.output import Steps, print_json, say
from hub.settings import Settings


def up(
    *,
    demo: bool = False,
    data: Path | None = None,
    host: str | None = None,
    port: int | None = None,
) -> None:
    """Run everything on this machine, with an embedded database. Ctrl-C stops it; the data stays.

    Parameters
    ----------
    demo
        Also load a demo tenant and the simulator, to try every part without an account.
    data
        Where the data is kept (default: HUB_DATA_DIR, .data).
    host
        The address to listen on (default: HUB_HOST, 127.0.0.1).
    port
        The port to listen on (default: HUB_PORT, 8080).
    """
    settings = read_settings(data=data)
    changes = {k: v for k, v in (("host", host), ("port", port)) if v is not None}
    settings = settings.model_copy(update=changes)

    from hub.run.process import until_signal
    from hub.run.up import running

    async def work() -> None:
        steps = Steps()
        async with running(settings, demo=demo, told=steps) as hub:
            steps.done()
            say("\nSwitchboard is running.\n")
            width = max(len(a.name) for a in hub.addresses)
            for address in hub.addresses:
                say(f"  {address.name.ljust(width)}  {address.url}")
            if hub.simulated:
                say("\nAnswers come from the simulator's scripted model. Set HUB_LLM_PROVIDER for a real one.")
            say("\nCtrl-C stops everything; the data stays.")
            await until_signal()
            say("\nStopping.")

    run(work())


Workers = Annotated[int, Parameter(validator=Number(gte=1, lte=64))]


def serve(*, host: str | None = None, port: int | None = None, workers: Workers = 1) -> None:
    """Run the web side: webhooks, API and sockets. Without HUB_REDIS_URL the worker runs inside.

    On SIGTERM it turns unready, finishes what it has begun and ends within ten seconds. With several processes, SIGHUP
    replaces one after another, without a moment in which nobody listens.

    Parameters
    ----------
    host
        The address to listen on (default: HUB_HOST, 127.0.0.1).
    port
        The port to listen on (default: HUB_PORT, 8080).
    workers
        How many processes listen on the port, started and watched by this one. More than one needs HUB_REDIS_URL.
    """
    settings = read_settings()
    host, port = host or settings.host, port or settings.port
    if workers > 1:
        _need_redis(settings, "several web processes")
        _crew("web", workers, host, port)
        return

    import asyncio
    from contextlib import AsyncExitStack

    from hub.run.house import open_house
    from hub.run.process import Drain, serving, until_signal, working

    async def work() -> None:
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(open_house(settings))
            listening, drain = asyncio.Event(), Drain()
            if settings.redis_url is None:
                await stack.enter_async_context(working(house, after=listening, drain=drain))
            await stack.enter_async_context(serving(house, host=host, port=port, drain=drain))
            listening.set()
            await until_signal()
            await drain()

    run(work())


def worker(*, workers: Workers = 1) -> None:
    """Run a worker: answers, sends and long work. Needs HUB_REDIS_URL; run as many as you like.

    Parameters
    ----------
    workers
        How many processes, started and watched by this one.
    """
    settings = read_settings()
    _need_redis(settings, "workers of their own")
    if workers > 1:
        _crew("worker", workers)
        return

    from hub.run.house import open_house
    from hub.run.process import until_signal, working

    async def work() -> None:
        async with open_house(settings) as house, working(house, alone=True):
            await until_signal()

    run(work())


def _need_redis(settings: Settings, what: str) -> None:
    if settings.redis_url is None:
        raise Invalid(
            "HUB_REDIS_URL is not set, so web and worker share one process: 'hub serve' works alone. "
            f"Set HUB_REDIS_URL to run {what}."
        )


def _crew(role: str, count: int, host: str | None = None, port: int = 0) -> None:
    from tempfile import TemporaryDirectory

    from hub.run.crew import Crew
    from hub.run.listening import listen

    sockets = listen(host, port) if host is not None else []
    with TemporaryDirectory(prefix="hub-metrics-") as folder:
        run(Crew(role, count, sockets=sockets, metrics=Path(folder)).run())


def migrate() -> None:
    """Bring the database's schema up to date. Safe to run at any time and from several places at once."""
    settings = read_settings()
    if settings.database_url is None:
        raise Invalid("HUB_DATABASE_URL is not set. 'hub up' migrates its own database.")
    url = settings.database_url.get_secret_value()
    admin = settings.database_admin_url.get_secret_value() if settings.database_admin_url else url
    from hub.store.migrate import current_revision
    from hub.store.migrate import migrate as bring_up_to_date

    run(bring_up_to_date(admin, url))
    say(f"The schema is at revision {run(current_revision(admin))}.")


def simulate(
    *,
    telegram_port: int = 0,
    model_port: int = 0,
    pages_port: int = 0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Run the simulated platforms and model server, to develop and test against. Ctrl-C stops them.

    Parameters
    ----------
    telegram_port
        The port of the Bot API (0: a free one).
    model_port
        The port of the OpenAI-compatible model server (0: a free one).
    pages_port
        The port of the chat pages and the control API (0: a free one).
    json
        Print the addresses as JSON.
    """
    read_settings()

    async def work() -> None:
        from hub.run.process import until_signal
        from hub.simulator.server import Simulator

        ports = {"telegram": telegram_port, "model": model_port, "pages": pages_port}
        async with Simulator(ports=ports, open_bots=True) as simulator:
            simulator.whatsapp.add_number()
            addresses = {
                "HUB_TELEGRAM_API_URL": simulator.telegram_url,
                "HUB_WHATSAPP_API_URL": simulator.whatsapp_url,
                "HUB_SLACK_API_URL": simulator.slack_url,
                "HUB_OPENAI_BASE_URL": simulator.model_url,
                "pages": simulator.pages_url,
            }
            if json:
                print_json(addresses)
            else:
                for name, url in addresses.items():
                    say(f"{name}={url}")
            await until_signal()

    run(work())
