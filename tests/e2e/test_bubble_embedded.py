"""The bubble on a customer's own page: under the strictest policy, in every state, by polling alone, and in a React app
that navigates."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from support.browser import AXE
from support.bubble_shop import PICTURE, shop_with_bubble, violations
from support.bubble_walk import ASKS_HOURS, MAILS, NO_WEB_SOCKETS, WIDTHS, Walk, breakable, furnish
from support.database import Database

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("built_bubble"),
]
LOOKS: dict[str, Any] = {
    "name": "Northwind",
    "color": "#ffd400",  # hard to read on white: the bubble darkens it
    "suggestions": ["What are your hours?"],
    "css": "[part=header] { letter-spacing: 0.01em }",
    "prechat": {"fields": [{"name": "email", "required": True}], "consent": "You may keep it."},
}


@pytest.mark.usefixtures("desk_packages")
@pytest.mark.parametrize(
    ("scheme", "locale", "phone"), [("light", "en-GB", False), ("dark", "de", True), ("dark", "ar", False)]
)
async def test_every_state_is_accessible_and_nothing_breaks_the_strictest_policy(
    database: Database, tmp_path: Path, browser: Browser, scheme: Any, locale: str, phone: bool
) -> None:
    async with shop_with_bubble(database, tmp_path, settings=MAILS) as (hub, shop, tenant):
        base = f"/api/v1/tenants/{tenant}"
        picture = (await hub.ok("POST", f"{base}/files", data={"file": PICTURE}))["file_id"]
        await furnish(hub, tenant, shop.site, **LOOKS, avatar=picture)
        size = ViewportSize(width=390, height=780) if phone else ViewportSize(width=1100, height=760)
        context = await browser.new_context(locale=locale, color_scheme=scheme, reduced_motion="reduce", viewport=size)
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        foreign: list[str] = []
        page.on(
            "request",
            lambda r: None if r.url.startswith((hub.base, shop.origin, "ws", "blob:")) else foreign.append(r.url),
        )
        cut = await breakable(page)
        await page.goto(shop.origin)
        await page.evaluate(AXE.read_text())
        seen: dict[str, list[str]] = {}

        async def look(state: str) -> None:
            await page.wait_for_timeout(120)
            if bad := await violations(page):
                seen[state] = bad

        await page.locator(".launcher").wait_for()
        await look("closed")
        await page.locator(".launcher").click()
        await page.locator("form.asks").wait_for()
        await look("asked before")
        await page.locator("form.asks .main").click()
        await look("asked before, not filled in")
        await page.locator("[name=email]").fill("ada@shop.example")
        await page.locator("[name=consent]").check()
        await page.locator("form.asks .main").click()
        field = page.locator(".panel textarea")
        await look("welcome")
        await page.locator("input[type=file]").set_input_files(
            {"name": "dot.png", "mimeType": "image/png", "buffer": PICTURE}
        )
        await expect(page.locator(".files .how")).to_have_text("")  # it is there, not on its way
        await field.fill(
            "# Hello\n\nSome `code`, a [link](https://shop.example) and\n\n```\nprint(1)\n```\n\n| a | b |\n|---|---|"
        )
        await look("about to send a picture")
        await page.keyboard.press("Enter")
        await page.locator(".opinion").wait_for()
        await expect(page.locator(".attachment img").first).to_be_visible()
        await look("answered")
        await page.locator(".opinion button").nth(1).click()
        await look("a thumb down")
        await page.locator(".reword").click()
        await look("saying it differently")
        await page.keyboard.press("Escape")
        await hub.ok("PATCH", base, json={"settings": {"bot": {"use_knowledge": True}}})
        await field.fill(ASKS_HOURS)
        await page.keyboard.press("Enter")
        await page.locator(".sources .toggle").click()
        await look("sources")
        menu = page.locator("#menu button")
        await page.locator(".menu > button").click()
        await menu.first.wait_for()
        await look("menu")
        await menu.last.click()
        await look("about to delete everything")
        await page.keyboard.press("Escape")
        sheet = page.locator(".sheet")
        await page.locator(".menu > button").click()
        await menu.nth(3).click()
        await look("a copy by mail")
        await sheet.locator(".main").click()
        await sheet.get_by_role("alert").wait_for()
        await look("a copy by mail, not filled in")
        await sheet.locator("[name=email]").fill("ada@home.example")
        await sheet.locator("[name=agreed]").check()
        await sheet.locator(".main").click()
        await sheet.get_by_role("status").wait_for()
        await look("a copy on its way")
        await sheet.locator(".main").click()
        await page.locator(".menu > button").click()
        await menu.nth(4).click()
        await look("elsewhere")
        await sheet.locator(".onward").first.click()
        await sheet.get_by_role("alert").wait_for()
        await look("elsewhere, not agreed to")
        await sheet.locator("[name=agreed]").check()
        await sheet.locator(".onward").first.click()
        await expect(sheet.locator("a.onward")).to_be_focused()
        await look("elsewhere, with a code")
        await page.keyboard.press("Escape")
        await page.locator("header > button").first.click()
        await page.locator(".threads li").wait_for()
        await look("conversations")
        await page.locator(".thread-row .plain").first.click()
        await look("naming one")
        await page.locator(".thread-row .plain").last.click()
        await look("deleting one")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        (conversation,) = await hub.conversations(tenant)
        one = conversation["id"]
        await hub.act(tenant, one, "assign", assignee=None)
        await page.locator("[data-kind=waiting]").wait_for()
        await look("waiting")
        await hub.act(tenant, one, "takeover", by="maria")
        await hub.ok("POST", f"{base}/conversations/{one}/messages", json={"text": "Maria here."})
        await page.locator("[data-author=agent]").wait_for()
        await look("a person")
        options = [{"id": "a", "title": "Take it"}]
        card = {"type": "card", "title": "A jacket", "text": "Warm.", "image": picture, "options": options}
        await hub.ok("POST", f"{base}/conversations/{one}/messages", json={"parts": [card]})
        await page.locator("[data-author=agent] .choice").wait_for()
        await look("a card")
        fields = [{"name": "order", "label": "Order", "required": True}, {"name": "why", "label": "Why"}]
        form = {"type": "form", "id": "return", "title": "Your return", "fields": fields}
        await hub.ok("POST", f"{base}/conversations/{one}/messages", json={"parts": [form]})
        await page.locator("form.filled").wait_for()
        await look("a form")
        await page.locator("form.filled .main").click()
        await look("a form, not filled in")
        await hub.act(tenant, one, "resolve")
        await page.locator(".rating").wait_for()
        await look("asked how it was")
        await page.locator(".scores label").nth(2).click()
        await page.locator(".asks-line").wait_for()
        await look("rated")
        calendar = await hub.ok("POST", f"{base}/calendars", json={"name": "Never", "zone": "UTC", "weekly": {"0": []}})
        await hub.ok("PATCH", base, json={"settings": {"desk": {"calendar": calendar["id"]}}})
        await page.reload()
        await page.evaluate(AXE.read_text())
        await page.locator(".launcher").click()
        await page.locator("[data-kind=away]").wait_for()
        await look("nobody there")
        await page.locator("[data-kind=away] .link").click()
        await page.locator(".letter").wait_for()
        await look("a letter")
        assert complaints == [] and foreign == []
        await page.keyboard.press("Escape")
        await cut()
        await page.locator("[data-kind=offline]").wait_for()
        await field.fill("Kept until then")
        await page.keyboard.press("Enter")
        await look("no connection")
        await context.close()
        assert seen == {}


REACT_APP = """
import { createElement as h, useState } from "react";
import { createRoot } from "react-dom/client";

function App() {
  const [path, setPath] = useState(location.pathname);
  const go = (to) => (event) => { event.preventDefault(); history.pushState({}, "", to); setPath(to); };
  return h("main", { key: path }, h("h1", null, "Page " + path),
    h("a", { href: "/one", onClick: go("/one") }, "One"), h("a", { href: "/two", onClick: go("/two") }, "Two"));
}
createRoot(document.getElementById("root")).render(h(App));
"""


def built_with_react(folder: Path) -> str:
    """The app as a site's bundler makes it, with the React of the desk."""
    ui = ROOT / "admin/ui"
    (folder / "app.js").write_text(REACT_APP)
    alias = {name: f"{ui}/node_modules/{name}" for name in ("react", "react-dom")}
    lib = {"entry": f"{folder}/app.js", "formats": ["iife"], "name": "Shop", "fileName": "shop"}
    options = {
        "root": str(ui),
        "configFile": False,
        "logLevel": "silent",
        "publicDir": False,
        "define": {"process.env.NODE_ENV": '"production"'},
        "resolve": {"alias": alias},
        "build": {"outDir": f"{folder}/out", "lib": lib},
    }
    vite = f'import {{ build }} from "{ui}/node_modules/vite/dist/node/index.js";'
    (folder / "build.mjs").write_text(f"{vite}\nawait build({json.dumps(options)});\n")
    subprocess.run(["node", str(folder / "build.mjs")], check=True, capture_output=True, timeout=280)
    (made,) = (folder / "out").glob("*.js")
    return made.read_text()


@pytest.mark.usefixtures("desk_packages")
async def test_it_stays_in_a_react_app_that_navigates_and_works_by_polling_alone(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with shop_with_bubble(database, tmp_path) as (hub, shop, tenant):
        shop.body, shop.own_script = '<div id="root"></div>', built_with_react(tmp_path)
        for width, options in WIDTHS.items():
            context = await browser.new_context(locale="en-GB", reduced_motion="reduce", **options)
            page = await context.new_page()
            w = Walk(hub, shop, tenant, page, touch=width == "phone")
            complaints: list[str] = []
            page.on("pageerror", lambda error, told=complaints: told.append(str(error)))
            await context.add_init_script(NO_WEB_SOCKETS)
            await page.goto(f"{shop.origin}/one")
            await page.evaluate("window.sameDocument = true")
            await w.open()
            await w.ask("Before I go")
            await w.field.fill("A draft")
            if w.touch:  # the window fills the screen
                await w.close()
            await w.press(page.get_by_role("link", name="Two"))
            await expect(page.get_by_role("heading", name="Page /two")).to_be_visible()
            if w.touch:
                await w.open()
            await expect(w.field).to_have_value("A draft")
            await w.ask("And there")
            await w.close()
            await w.press(page.get_by_role("link", name="One"))
            await expect(page.get_by_role("heading", name="Page /one")).to_be_visible()
            await expect(page.locator("switchboard-chat")).to_have_count(1)
            assert await page.evaluate("window.sameDocument") and complaints == []
            await context.close()
