"""A customer's own site on another origin, under the strict policy that is enough for the bubble."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web


def strict_policy(hub: str) -> str:
    """Nothing but the hub: no inline script, no eval, no style at all."""
    socket = hub.replace("http", "ws", 1)
    return (
        f"default-src 'none'; script-src {hub}; connect-src {hub} {socket}; img-src {hub}; media-src {hub}; "
        "form-action 'none'; base-uri 'none'"
    )


@contextlib.asynccontextmanager
async def host_page(body: str = "<h1>A shop</h1>", *, port: int = 0) -> AsyncIterator[HostPage]:
    """Serve the site. Set ``hub`` and ``head`` before pages are asked for."""
    served = HostPage(body)
    app = web.Application()
    app.router.add_get("/favicon.ico", lambda request: web.Response(status=204))
    app.router.add_get("/spa.js", served.script_file)
    app.router.add_get("/{path:.*}", served.page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    served.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield served
    finally:
        await runner.cleanup()


class HostPage:
    """``tags`` go into the head. ``own_script`` is what the site itself runs, ``frames`` whose pages it shows in
    frames; its policy then allows them."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.origin = ""
        self.hub = ""
        self.tags = ""
        self.own_script = ""
        self.frames = ""

    @property
    def site(self) -> str:
        """The site's key, from the bubble's tag."""
        return self.tags.split('data-site="')[1].split('"')[0]

    async def page(self, request: web.Request) -> web.Response:
        policy = strict_policy(self.hub)
        if self.frames:
            policy += f"; frame-src {self.frames}"
        own = ""
        if self.own_script:
            policy = policy.replace("script-src ", f"script-src {self.origin} ")
            own = '<script src="/spa.js" defer></script>'
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{self.tags}</head>'
            f"<body>{self.body}{own}</body></html>"
        )
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def script_file(self, request: web.Request) -> web.Response:
        return web.Response(text=self.own_script, content_type="text/javascript")
