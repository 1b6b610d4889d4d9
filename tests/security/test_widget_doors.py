"""The bubble's doors: which pages may talk, over HTTP, polling and the upgrade; and who may say that he is somebody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from support.database import Database
from support.running_hub import Site, hub_in_process

ALLOWED = ["https://shop.example", "https://*.shop.example", "http://localhost:3000"]
ORIGINS = [
    (line.split(maxsplit=1)[1], line.startswith("allow"))
    for line in (Path(__file__).parent / "widget_origins.txt").read_text("utf-8").splitlines()
]
SECRET = "identity-secret-of-the-shop-0000001"
OTHER = "identity-secret-of-another-00000002"


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, worker=False) as site:
        yield site


async def website(hub: Site, tenant: str, *, secret: str | None = None, **settings: Any) -> str:
    credentials: dict[str, Any] = {"allowed_origins": ALLOWED, **({"identity_secret": secret} if secret else {})}
    body = {"kind": "webchat", "name": "Shop", "credentials": credentials}
    channel = await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body)
    if settings:
        await hub.ok("PUT", f"/api/v1/tenants/{tenant}/channels/{channel['id']}/site", json=settings)
    return str(channel["id"])


async def upgraded(hub: Site, site: str, origin: str) -> bool:
    address = f"{hub.base.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&site={site}"
    async with hub.http.get(
        address.replace("ws", "http", 1),
        headers={
            "Origin": origin,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
        },
    ) as answer:
        assert answer.status in (101, 403), (origin, answer.status)
        answer.close()
        return answer.status == 101


async def test_thirty_origins_by_three_ways_give_the_exact_matrix(hub: Site) -> None:
    site = await website(hub, await hub.tenant())
    assert len({origin for origin, _ in ORIGINS}) == len(ORIGINS) >= 30
    got: list[tuple[str, bool, bool, bool]] = []
    for origin, _ in ORIGINS:
        headers = {"Origin": origin}
        config, _ = await hub.call("GET", f"/api/v1/visitor/config?site_key={site}", key=None, headers=headers)
        asked = {"site_key": site}
        session, _ = await hub.call("POST", "/api/v1/visitor/session", key=None, json=asked, headers=headers)
        assert config in (200, 403) and (session == 200) == (config == 200), (origin, config, session)
        poll, _ = await hub.call("GET", f"/socket.io/?EIO=4&transport=polling&site={site}", key=None, headers=headers)
        assert poll in (200, 403), (origin, poll)
        got.append((origin, config == 200, poll == 200, await upgraded(hub, site, origin)))
    assert got == [(origin, allowed, allowed, allowed) for origin, allowed in ORIGINS]


def b64(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: str = SECRET, digest: Any = hashlib.sha256) -> str:
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(hmac.new(secret.encode(), signed.encode(), digest).digest())}"


def sign(user: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()


def forgeries(site: str, other: str) -> dict[str, dict[str, str]]:
    now = int(time.time())
    good = {"sub": "ada", "aud": site, "exp": now + 300}
    head, _, tail = jwt.encode(good, SECRET, algorithm="HS256").split(".")
    plain = {"alg": "HS256", "typ": "JWT"}

    def without(name: str) -> dict[str, Any]:
        return {k: v for k, v in good.items() if k != name}

    tokens = {
        "no signature": by_hand({"alg": "none"}, good).rsplit(".", 1)[0] + ".",
        "alg none, signed": by_hand({"alg": "none"}, good),
        "alg None in capitals": by_hand({"alg": "NONE"}, good),
        "another algorithm": jwt.encode(good, SECRET, algorithm="HS384"),
        "a longer algorithm": jwt.encode(good, SECRET, algorithm="HS512"),
        "another secret": jwt.encode(good, OTHER, algorithm="HS256"),
        "an empty secret": by_hand(plain, good, ""),
        "the site key as secret": by_hand(plain, good, site),
        "another site's audience": jwt.encode({**good, "aud": other}, SECRET, algorithm="HS256"),
        "a list of audiences": jwt.encode({**good, "aud": [other, site]}, SECRET, algorithm="HS256"),
        "no audience": jwt.encode(without("aud"), SECRET, algorithm="HS256"),
        "no expiry": jwt.encode(without("exp"), SECRET, algorithm="HS256"),
        "no subject": jwt.encode(without("sub"), SECRET, algorithm="HS256"),
        "expired": jwt.encode({**good, "exp": now - 120}, SECRET, algorithm="HS256"),
        "lives for a day": jwt.encode({**good, "exp": now + 86_400}, SECRET, algorithm="HS256"),
        "not valid yet": jwt.encode({**good, "nbf": now + 600}, SECRET, algorithm="HS256"),
        "a critical header": by_hand({**plain, "crit": ["x"], "x": 1}, good),
        "claims changed after signing": f"{head}.{b64({**good, 'sub': 'eve'})}.{tail}",
        "a signature cut short": jwt.encode(good, SECRET, algorithm="HS256")[:-6],
        "rubbish": "a.b.c",
    }
    hashes = {
        "another user's hash": {"user": "eve", "hash": sign("ada")},
        "the same in capitals": {"user": "ADA", "hash": sign("ada")},
        "a hash under another secret": {"user": "ada", "hash": sign("ada", OTHER)},
        "zeros": {"user": "ada", "hash": "0" * 64},
        "SHA-256 without a secret": {"user": "ada", "hash": hashlib.sha256(b"ada").hexdigest()},
        "a trailing space": {"user": "ada ", "hash": sign("ada")},
    }
    return {**{name: {"token": token} for name, token in tokens.items()}, **hashes}


async def test_twenty_forged_identities_and_nobody_at_all_are_refused(hub: Site) -> None:
    tenant = await hub.tenant()
    strict = await website(hub, tenant, secret=SECRET, require_identity=True)
    lax, bare = await website(hub, tenant, secret=SECRET), await website(hub, tenant)

    async def session(site: str, identity: dict[str, str] | None) -> tuple[int, str | None]:
        asked = {"site_key": site, **({} if identity is None else {"identity": identity})}
        headers = {"Origin": ALLOWED[0]}
        status, body = await hub.call("POST", "/api/v1/visitor/session", key=None, json=asked, headers=headers)
        return status, body["visitor"]["id"] if status == 200 else None

    token = jwt.encode({"sub": "ada", "aud": strict, "exp": int(time.time()) + 300}, SECRET, algorithm="HS256")
    assert await session(strict, {"token": token}) == (200, "u:ada")
    assert await session(strict, {"user": "ada", "hash": sign("ada")}) == (200, "u:ada")
    attempts = forgeries(strict, lax)
    assert len(attempts) >= 20
    taken = {name: got for name, i in attempts.items() if (got := await session(strict, i))[0] not in (403, 422)}
    assert taken == {}
    assert (await session(strict, None))[0] == 403, "the switch holds: nobody stays anonymous there"
    assert (await session(lax, None))[0] == 200
    assert (await session(lax, {"token": token}))[0] == 403, "a token of one site is none of another"
    assert (await session(bare, {"user": "ada", "hash": sign("ada")}))[0] == 403
    both = {"user": "ada", "hash": sign("ada"), "token": token}
    for odd in (both, {"user": "ada"}, {}):
        assert (await session(strict, odd))[0] == 422
