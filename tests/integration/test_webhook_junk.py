"""Junk through the real HTTP stack: bodies signed well and broken within never give a 5xx; forged ones, 401."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import hmac
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.signing import WINDOW_SECONDS
from bench import payloads
from support.database import Database
from support.running_hub import SECRET, Site, hub_in_process

EACH = 2500
"""Mutations a channel: the 10,000 of the promise."""
OUTSIDE = Path(os.environ.get("HUB_TEST_FIXTURES") or Path(__file__).parents[3] / "shared" / "fixtures") / "webhooks"
"""Real payloads, whose mutations are taken where they lie there."""
JUNK: tuple[Any, ...] = (None, True, -1, 1e308, 2**70, "", "\x00", "\ud800", "x" * 5000, [], [[]], {}, {"": {}}, "2026")
SIGNING = "signing-secret-of-this-test"
STALE = 2 * WINDOW_SECONDS
"""Seconds off the clock: far enough that what is ahead is still so when a busy hub reads it."""
CREDENTIALS: dict[str, dict[str, str]] = {
    "telegram": {"bot_token": "99:" + "A" * 35, "secret_token": SECRET},
    "whatsapp": {"phone_number_id": "106540352242922", "access_token": "T" * 40, "app_secret": SIGNING,
                 "verify_token": "v"},
    "messenger": {"page_id": "1234567890", "page_access_token": "T" * 40, "app_secret": SIGNING, "verify_token": "v"},
    "slack": {"bot_token": "xoxb-t", "signing_secret": SIGNING, "app_id": "A111", "team_id": "T111"},
}  # fmt: skip
BODIES = {
    "telegram": payloads.TELEGRAM,
    "whatsapp": payloads.WHATSAPP,
    "messenger": payloads.MESSENGER,
    "slack": payloads.SLACK,
}


def _meta(raw: bytes) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(SIGNING.encode(), raw, hashlib.sha256).hexdigest()}


def _slack(raw: bytes, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(SIGNING.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
    return {"X-Slack-Signature": f"v0={digest}", "X-Slack-Request-Timestamp": stamp}


SIGN: dict[str, Callable[[bytes], dict[str, str]]] = {
    "telegram": lambda _: {"X-Telegram-Bot-Api-Secret-Token": SECRET},
    "whatsapp": _meta,
    "messenger": _meta,
    "slack": _slack,
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*path, key))


def mutated(body: bytes, path: tuple[Any, ...], junk: Any) -> bytes:
    """The body with the node at ``path`` replaced."""
    data = copy.deepcopy(json.loads(body))
    if not path:
        return json.dumps(junk).encode()
    node = data
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = junk
    return json.dumps(data).encode()


def bodies_of(kind: str) -> list[bytes]:
    """Our own payloads of a kind, and the outside ones."""
    files = sorted(f for f in OUTSIDE.glob(f"{kind}*/**/*.json") if f.is_file())
    return [*BODIES[kind], *(file.read_bytes() for file in files)]


def junk_of(kind: str) -> list[bytes]:
    """Some of every structural mutation of a kind's bodies, the same in every run."""
    chosen = [(body, path, junk) for body in bodies_of(kind) for path in places(json.loads(body)) for junk in JUNK]
    rng = random.Random(kind)  # repeatable, not secret
    rng.shuffle(chosen)
    while len(chosen) < EACH:
        chosen += chosen
    return [mutated(*one) for one in chosen[:EACH]]


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, worker=False) as site:
        yield site


async def channels_of(hub: Site) -> dict[str, str]:
    tenant = await hub.tenant()
    made = {}
    for kind, credentials in CREDENTIALS.items():
        body = {"kind": kind, "name": kind, "credentials": credentials}
        made[kind] = str((await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"])
    return made


@pytest.mark.timeout(600)
async def test_broken_bodies_and_forged_signatures(hub: Site) -> None:
    channels = await channels_of(hub)
    told: Counter[int] = Counter()
    busy = asyncio.Semaphore(8)

    async def post(kind: str, raw: bytes, headers: dict[str, str], path: str = "") -> int:
        async with busy:
            where = path or f"/webhooks/{kind}/{channels[kind]}"
            status, _ = await hub.call("POST", where, key=None, data=raw, headers=headers)
        return status

    for kind in CREDENTIALS:
        sent = [post(kind, raw, SIGN[kind](raw)) for raw in junk_of(kind)]
        told.update(await asyncio.gather(*sent))
    assert set(told) == {200}, told
    assert sum(told.values()) == EACH * len(CREDENTIALS)

    before = await hub.rows("select count(*) as n from hub.inbox")
    for kind in CREDENTIALS:
        raw = BODIES[kind][0]
        good = SIGN[kind](raw)
        (name, value), *rest = good.items()
        more = dict(rest)
        forged = [
            {}, {**more, name: ""}, {**more, name: value[:-2]}, {**more, name: value + "0"}, {**more, name: "sha256="},
            {**more, name: value.swapcase()}, {**more, name: "v0=" + "0" * 64}, {**more, name: "\u00fc" * 20},
        ]  # fmt: skip
        if kind == "slack":
            forged += [_slack(raw, time.time() - STALE), _slack(raw, time.time() + STALE)]
        for headers in forged:
            assert await post(kind, raw, headers) in (401, 403), (kind, headers)
        if kind != "telegram":  # its secret does not depend on the body
            reordered = json.dumps(json.loads(raw), indent=1).encode()
            for other in (reordered, raw[:-1], raw + b" ", raw.decode().encode("utf-16")):
                assert await post(kind, other, good) in (401, 403), kind
        assert await post(kind, b"x" * (3 * 1024 * 1024 + 1), good) == 413
        for wrong in ("0199aabb-0000-7000-8000-00000000abcd", "nothing", "%00"):
            assert await post(kind, raw, good, f"/webhooks/{kind}/{wrong}") in (404, 422), (kind, wrong)
    assert await hub.rows("select count(*) as n from hub.inbox") == before
