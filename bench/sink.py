"""The four platforms as one server that takes every message at once and remembers nothing: what senders talk to.

A process of its own (``python -m bench.sink PORT``), so that a sender's processor time is the sender's alone.
"""

from __future__ import annotations

import sys

from aiohttp import web

_MESSAGE = {"message_id": 1, "date": 1790000000, "chat": {"id": 77, "type": "private", "first_name": "A"}, "text": "x"}
_ANSWERS = {
    "getMe": {"ok": True, "result": {"id": 123456, "is_bot": True, "first_name": "Bot", "username": "a_bot"}},
    "sendMessage": {"ok": True, "result": _MESSAGE},
    "chat.postMessage": {"ok": True, "channel": "D111", "ts": "1790000000.000100", "message": {"text": "x"}},
    "messages": {"messaging_product": "whatsapp", "contacts": [{"input": "77", "wa_id": "77"}],
                 "messages": [{"id": "wamid.HBgL"}], "recipient_id": "77", "message_id": "m_1"},
}  # fmt: skip


async def take(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response(_ANSWERS.get(request.path.rsplit("/", 1)[-1], {"ok": True, "result": {}}))


async def ready(request: web.Request) -> web.Response:
    return web.Response(text="ok")


def main() -> None:
    app = web.Application()
    app.router.add_get("/readyz", ready)
    app.router.add_post("/{path:.*}", take)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
