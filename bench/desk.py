"""How smoothly the desk scrolls in a browser: 10,000 conversations and a thread of 5,000 messages, in turns with 100 of
each. What is drawn does not grow with what there is, so the frames should not be longer.

Frames are timed in headless Chromium while list and thread are scrolled at a steady speed, with all the fetching of
further pages that this brings: short runs in pairs, one of each size straight after the other, and of the pairs' ratios
the median, so that what else the machine does weighs on both. Beside it: how much JavaScript comes before the inbox can
be used.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from bench.growth import Database
from bench.machine import environment, hub_command, hub_server, workspace
from bench.report import Report, options
from bench.site import Site
from hub.http.desk_pages import BUILT

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_PASSWORD = "a-password-of-the-bench-alone"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FILL = (
    # $1 tenant, $2 conversations, $3 messages of the newest of them; each of the others has one.
    """insert into hub.conversation(id, tenant_id, channel_id, thread_key, last_seq, last_message_at, last_inbound_at)
         select md5($1 || 'c' || n)::uuid, c.tenant_id, c.id, 'old-' || n, case n when 1 then $3::int else 1 end,
                now() - n * interval '1 s', now()
           from generate_series(1, $2::int) n join hub.channel c on c.tenant_id = $1::uuid""",
    """insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, kind, parts, status, at)
         select md5($1 || 'm' || n || '-' || s)::uuid, $1::uuid, md5($1 || 'c' || n)::uuid, s,
                case s % 2 when 1 then 'in' else 'out' end, case s % 2 when 1 then 'contact' else 'bot' end, 'message',
                jsonb_build_array(jsonb_build_object('type', 'text', 'text',
                  'Where is my order ' || s || '? ' || repeat('I have waited for it. ', s % 7))),
                case s % 2 when 1 then 'received' else 'sent' end, now() - ($3::int - s) * interval '30 s'
           from generate_series(1, $2::int) n
          cross join lateral generate_series(1, case n when 1 then $3::int else 1 end) s""",
)
# Scrolls at a steady speed for so many frames, turns round where there is no more, and gives each frame's length in ms.
_FRAMES = """async ([selector, speed, frames]) => {
  const box = document.querySelector(selector);
  const took = [];
  let by = speed;
  let before = await new Promise(requestAnimationFrame);
  while (took.length < frames) {
    const top = box.scrollTop;
    box.scrollBy(0, by);
    if (box.scrollTop === top) by = -by;
    const now = await new Promise(requestAnimationFrame);
    took.push(now - before);
    before = now;
  }
  return took;
}"""
_LIST, _THREAD = "section:has(a[data-id]) div:has(> ul)", "[role=log]"


async def fill(db: Database, tenant: str, conversations: int, messages: int) -> None:
    """So many open conversations, the newest of them with so many messages."""
    connection = await asyncpg.connect(db.above)
    try:
        await connection.execute("set session_replication_role = replica")
        for sql in _FILL:
            await connection.execute(sql, tenant, conversations, messages)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def sign_in(browser: Browser, base: str, email: str) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.set_viewport_size({"width": 1400, "height": 900})
    page.set_default_timeout(60_000)
    await page.goto(f"{base}/admin/")
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password", exact=True).fill(_PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("#content").wait_for()
    return page


async def frames(page: Page, base: str, slug: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each frame while the list is scrolled, and while its newest conversation is."""
    await page.goto(f"{base}/admin/{slug}/inbox/open")
    await page.locator("a[data-id]").first.wait_for()
    listed: list[float] = await page.evaluate(_FRAMES, [_LIST, 60, count])
    await page.goto(f"{base}/admin/{slug}/inbox/open")
    await page.locator("a[data-id]").first.click()
    await page.locator("[role=log] article").first.wait_for()
    read: list[float] = await page.evaluate(_FRAMES, [_THREAD, -60, count])
    return listed, read


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


async def measure(folder: Path, given: Any, report: Report) -> None:
    from playwright.async_api import async_playwright

    few, many = f"{given.few:,}", f"{given.conversations:,}"
    async with Database(folder / "database") as db:
        with hub_server(db.url, folder / "data") as (port, _):
            site = Site(port)
            for slug in ("few", "many"):
                tenant = site.tenant(slug, use_knowledge=False)
                site.telegram(tenant, 100_000 + len(slug))
                size = (given.few, given.few) if slug == "few" else (given.conversations, given.messages)
                await fill(db, tenant, *size)
                command = hub_command(
                    "user", "create", f"{slug}@desk.example", "--tenant", slug, "--role", "owner", "--password-stdin"
                )
                settings = environment(db.url, folder / "data")
                await asyncio.to_thread(
                    subprocess.run, command, env=settings, input=_PASSWORD.encode(), check=True, capture_output=True
                )
            async with async_playwright() as playwright:
                program = next(filter(None, map(shutil.which, _NAMES)), None)
                arguments = ["--no-sandbox", "--no-proxy-server"]  # as root Chromium has no sandbox; the pages are ours
                browser = await playwright.chromium.launch(executable_path=program, args=arguments)
                pages = {slug: await sign_in(browser, site.base, f"{slug}@desk.example") for slug in ("few", "many")}
                rounds = []
                for n in range(given.repeat + 1):
                    # In turns, and who begins changes: what else the machine does is neither's alone.
                    order = ("few", "many") if n % 2 else ("many", "few")
                    rounds.append({slug: await frames(pages[slug], site.base, slug, given.frames) for slug in order})
                del rounds[0]
                await browser.close()
    for place, name, size in ((0, "list", f"{many} conversations"), (1, "thread", f"{given.messages:,} messages")):
        small = [p95(one["few"][place]) for one in rounds]
        large = [p95(one["many"][place]) for one in rounds]
        report.add(f"{name} of {few}: p95 of a frame", small, "ms")
        report.add(f"{name} of {size}: p95 of a frame", large, "ms")
        report.add_ratio(f"{size} / {few}", large, small, "at most 1.5")
    sizes = json.loads((BUILT / "sizes.json").read_text())
    report.add("JavaScript before the inbox can be used, gzip", [sizes["total"] / 1000], "kB", "under 250")
    report.add("the same with a conversation open", [sizes["opened"] / 1000], "kB")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--conversations", type=int, default=10_000, help="in the long list (default 10000)")
    parser.add_argument("--messages", type=int, default=5_000, help="in the long thread (default 5000)")
    parser.add_argument("--few", type=int, default=100, help="of each to compare with (default 100)")
    parser.add_argument("--frames", type=int, default=200, help="frames a run (default 200)")
    parser.add_argument("--repeat", type=int, default=9, help="pairs of runs (default 9)")
    given = parser.parse_args()
    report = Report("desk", "The desk's frames")
    with workspace() as folder:
        (folder / "data").mkdir()
        asyncio.run(measure(folder, given, report))
    report.tell(given)


if __name__ == "__main__":
    main()
