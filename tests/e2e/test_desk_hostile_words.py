"""Stored scripts: what strangers write, call their files and call themselves is shown in the desk and never runs."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from hub.accounts.permissions import Role
from hub.core.ids import TenantId
from hub.http.desk_pages import BUILT
from hub.run.signing_in import SigningIn
from support.database import Database
from support.running_hub import Site, hub_in_process

PASSWORD = "seven quiet lamps hum"
EMAIL = "ana@example.com"
PEOPLE = 125

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="needs the built desk: pip install -e ."),
]

ACTS = ["alert(1)", "confirm`1`", "prompt(document.domain)", "window.ran=1", "import('data:text/javascript,alert(1)')"]
VECTORS = [
    "<script>{0}</script>",
    "<img src=x onerror={0}>",
    "<svg/onload={0}>",
    "<svg><animate onbegin={0} attributeName=x dur=1s>",
    "<iframe srcdoc='<script>{0}</script>'></iframe>",
    "<iframe src=javascript:{0}>",
    "<a href=javascript:{0}>x</a>",
    "[x](javascript:{0})",
    "[x](JaVaScRiPt:{0})",
    '![x](x"onerror="{0})',
    "![x](https://evil.invalid/a.png)",
    "<details open ontoggle={0}>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror={0}></style></mglyph></math>",
    '"><script>{0}</script>',
    "'-{0}-'",
    "</textarea><script>{0}</script>",
    "</title><script>{0}</script>",
    "</style><script>{0}</script>",
    "<style>@import'https://evil.invalid/x.css'</style>",
    "<link rel=stylesheet href=https://evil.invalid/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
    "<base href=https://evil.invalid/>",
    "<form action=javascript:{0}><button>x</button></form>",
    "<input autofocus onfocus={0}>",
    "<video><source onerror={0}></video>",
    "<object data=javascript:{0}>",
    "<embed src=javascript:{0}>",
    "{{{{constructor.constructor('{0}')()}}}}",
    "${{{0}}}",
    "`{0}`",
    '<div style="background:url(javascript:{0})">x</div>',
    "<x onclick={0} tabindex=1 id=x>",
    "\u202e<script>{0}</script>",
    "<scr\u0000ipt>{0}</scr\u0000ipt>".replace("\u0000", "\u200b"),
    "&lt;img src=x onerror={0}&gt;",
    "&#60;script&#62;{0}&#60;/script&#62;",
    "<noscript><p title='</noscript><img src=x onerror={0}>'>",
    "<template><script>{0}</script></template>",
    "<img src=`x`onerror={0}>",
    "<body onload={0}>",
]
FRAMES = ["{0}", "**{0}**", "before {0} after", "- {0}"]
_ALL = (frame.format(vector.format(act)) for act, vector, frame in itertools.product(ACTS, VECTORS, FRAMES))
PAYLOADS = list(dict.fromkeys(_ALL))[:500]

WATCH = """() => {
  window.complaints = [];
  addEventListener("securitypolicyviolation", (e) => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
}"""


def update(number: int, person: int, name: str, **said: object) -> dict[str, object]:
    who = {"id": person, "is_bot": False, "first_name": name[:250]}
    chat = {"id": person, "type": "private", "first_name": name[:250]}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1_790_000_000 + number, "chat": chat, "from": who, **said},
    }


async def fill(site: Site, tenant: str) -> None:
    """Every payload as a message, a name, a file's name and its caption."""
    channel = await site.telegram(tenant)
    for n, payload in enumerate(PAYLOADS):
        person, name = 5_000 + n % PEOPLE, PAYLOADS[n % PEOPLE]
        file = {
            "file_id": f"f{n}",
            "file_unique_id": f"u{n}",
            "file_name": payload[:200],
            "mime_type": "text/plain",
            "file_size": 9,
        }
        said = {"document": file, "caption": payload} if n % 5 == 4 else {"text": payload}
        status, _ = await site.post_update(channel, update(n + 1, person, name, **said))
        assert status == 200


async def signed_in(page: Page, site: Site) -> None:
    await page.goto(f"{site.base}/admin/")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)


def test_there_are_five_hundred_different_payloads() -> None:
    assert len(set(PAYLOADS)) == 500


async def test_nothing_a_stranger_sent_runs_in_any_view(database: Database, tmp_path: Path, browser: Browser) -> None:
    async with hub_in_process(database, tmp_path, worker=False) as site:
        assert site.house is not None
        tenant = await site.tenant()
        people = SigningIn(store=site.house.store, secret_keys=site.house.secret_keys).people
        await people.create(EMAIL, PAYLOADS[1][:80], password=PASSWORD, tenant=TenantId(UUID(tenant)), role=Role.OWNER)
        await fill(site, tenant)
        context = await browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 900})
        await context.add_init_script(f"({WATCH})()")
        page = await context.new_page()
        dialogs: list[str] = []
        asked: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: dialogs.append(str(error)))
        await signed_in(page, site)
        await page.get_by_role("link", name=re.compile("^All open")).click()
        await expect(page.locator("a[data-id]").first).to_be_visible(timeout=30_000)

        seen: set[str] = set()
        for _ in range(24):
            seen |= set(await page.locator("a[data-id]").evaluate_all("all => all.map(one => one.dataset.id)"))
            await (
                page.get_by_role("region", name="All open")
                .locator("ul")
                .evaluate("ul => { ul.parentElement.scrollTop += 700; }")
            )
            await page.wait_for_timeout(60)
        assert len(seen) >= PEOPLE - 1, len(seen)
        shown = 0
        for id in sorted(seen)[::6]:
            await page.evaluate(
                "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
                f"/admin/acme/inbox/open/{id}",
            )
            await expect(page.get_by_role("log").locator("article")).to_have_count(4, timeout=30_000)
            shown += await page.get_by_role("log").locator("article").count()
        assert shown >= 80
        await page.get_by_role("searchbox").fill("script")
        await expect(page.locator("a[data-id]").first).to_be_visible(timeout=30_000)
        await page.goto(f"{site.base}/admin/acme/people")
        await expect(page.get_by_role("table")).to_contain_text("<script>", timeout=30_000)

        assert dialogs == []
        assert await page.evaluate("() => window.complaints") == []
        assert await page.evaluate("() => window.ran") is None
        assert [url for url in asked if not url.startswith((site.base, "blob:"))] == []
        await context.close()
