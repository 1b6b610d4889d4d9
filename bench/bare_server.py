"""The baseline of ``ack`` and ``turn``: bare aiohttp that checks an HMAC and inserts one row before it answers 200."""

from __future__ import annotations

import hashlib
import hmac
import sys

import asyncpg
from aiohttp import web

SECRET = b"bench-secret"
PATH = "/webhook"
TABLE = """create table if not exists bench_event(
  id bigserial primary key, body jsonb not null, at timestamptz not null default now())"""


def signature(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


async def open_pool(app: web.Application) -> None:
    app[POOL] = await asyncpg.create_pool(sys.argv[2], min_size=10, max_size=10)
    await app[POOL].execute(TABLE)


async def accept(request: web.Request) -> web.Response:
    body = await request.read()
    if not hmac.compare_digest(signature(body), request.headers.get("X-Signature", "")):
        return web.Response(status=401)
    await request.app[POOL].execute("insert into bench_event(body) values ($1::jsonb)", body.decode())
    return web.json_response({"ok": True})


async def ready(request: web.Request) -> web.Response:
    return web.Response()


POOL: web.AppKey[asyncpg.Pool] = web.AppKey("pool", asyncpg.Pool)


def main() -> None:
    """``python -m bench.bare_server PORT DATABASE_URL``, on uvloop as the hub is."""
    import uvloop

    app = web.Application()
    app.on_startup.append(open_pool)
    app.router.add_post(PATH, accept)
    app.router.add_get("/readyz", ready)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
