"""Commands that look: doctor, openapi."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

from cyclopts import Parameter

from hub.core.errors import HubError
from hub.run.cli.channel_findings import Finding, examine_channels
from hub.run.cli.opening import read_settings, run
from hub.run.cli.output import print_json, say
from hub.settings import Settings, SettingsError

Flag = Annotated[bool, Parameter(negative="")]


def doctor(*, json: Flag = False) -> None:
    """Check configuration, database, Redis, files, models and channels, and say how to mend what is wrong.

    Parameters
    ----------
    json
        Print the findings as JSON.
    """
    findings = run(_examine())
    if json:
        print_json([{"name": f.name, "ok": f.ok, "text": f.text} for f in findings])
    else:
        for finding in findings:
            mark = {True: "ok  ", False: "FAIL", None: "--  "}[finding.ok]
            say(f"{mark} {finding.name}: {finding.text}")
    if any(f.ok is False for f in findings):
        sys.exit(1)


async def _examine() -> list[Finding]:
    try:
        settings = read_settings(level="error")
    except SettingsError as error:
        return [Finding("configuration", False, problem) for problem in error.problems]
    findings = [Finding("configuration", True, "Every HUB_ variable can be used.")]
    checks: list[tuple[str, Callable[[Settings], Awaitable[Finding]]]] = [
        ("database", _database),
        ("redis", _redis),
        ("files", _files),
        ("chat model", _chat),
        ("embeddings", _embeddings),
    ]
    for name, check in checks:
        try:
            findings.append(await check(settings))
        except HubError as error:
            findings.append(Finding(name, False, str(error)))
        except Exception as error:
            findings.append(Finding(name, False, f"{type(error).__name__}: {error}"))
    findings.extend(await examine_channels(settings))
    return findings


async def _database(settings: Settings) -> Finding:
    from hub.run.local import local_database
    from hub.store.migrate import current_revision

    async with local_database(settings) as local:
        if local.database_url is None:
            return Finding("database", False, "There is no database.")
        kind = "The embedded database" if settings.database_url is None else "The database"
        revision = await current_revision(local.database_url.get_secret_value())
    if revision is None:
        hint = "hub up" if settings.database_url is None else "hub migrate"
        return Finding("database", settings.database_url is None, f"{kind} answers and is empty: run '{hint}'.")
    return Finding("database", True, f"{kind} answers; its schema is at revision {revision}.")


async def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("redis", None, "Not set: web and worker share one process.")
    from hub.realtime.feeds import open_redis

    client = open_redis(settings.redis_url.get_secret_value())
    try:
        await client.ping()
    except Exception as error:
        text = f"Redis does not answer ({type(error).__name__}). Everything goes on by sweeping, only slower."
        return Finding("redis", False, f"{text} Check HUB_REDIS_URL and whether the server runs.")
    finally:
        await client.aclose()
    return Finding("redis", True, "Redis answers.")


async def _files(settings: Settings) -> Finding:
    from hub.files.factory import open_blob_store

    blobs = open_blob_store(settings.blob_url, settings.data_dir)
    await blobs.put("doctor/check", b"ok")
    await blobs.delete("doctor/check")
    where = settings.blob_url or str(settings.data_dir / "files")
    return Finding("files", True, f"Files can be kept in {where}.")


async def _chat(settings: Settings) -> Finding:
    from hub.llm.ports import ChatMessage, ChatRequest
    from hub.run.models import open_all
    from hub.security.outbound import trusted_session

    async with trusted_session() as session:
        models = open_all(settings, session)
        if not models:
            return Finding("chat model", None, "Not set: answers are cited extracts. Set HUB_LLM_PROVIDER for more.")
        request = ChatRequest(messages=(ChatMessage("user", "Say yes."),), max_tokens=16, task="doctor")
        for one in models:
            async for _ in one.chat.stream(request):
                pass
    names = [one.chat.model for one in models]
    return Finding("chat model", True, f"{', '.join(names)}: {'all answer' if len(names) > 1 else 'it answers'}.")


async def _embeddings(settings: Settings) -> Finding:
    from hub.run.models import open_embedders
    from hub.security.outbound import trusted_session

    if settings.embedding_provider is None:
        settings = settings.model_copy(update={"embedding_provider": "auto"})
    async with trusted_session() as session:
        embedders = list(open_embedders(settings, session).values())
        if not embedders:
            return Finding("embeddings", None, "None: search goes by words alone. Set HUB_EMBEDDING_PROVIDER.")
        for embedder in embedders:
            await embedder.embed(["hello"], task="query")
    told = [f"{embedder.model} makes vectors of {embedder.dims} numbers" for embedder in embedders]
    return Finding("embeddings", True, f"{'; '.join(told)}.")


def openapi() -> None:
    """Print the API's OpenAPI 3.1 document."""
    from hub.run.document import api_document

    print_json(run(api_document()))
