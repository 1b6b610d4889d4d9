"""What of the knowledge is read, what goes to other programs, how the hub and its long work do: recomputed from the
rows."""

from __future__ import annotations

import json
from collections import Counter
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from support.company_rows import Company, company_that_knows, percent, rows_of_all, said
from support.owner_pages import OwnerPages
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(480),
    pytest.mark.usefixtures("built_desk"),
]
TEXT = "\n\n".join(f"# Part {n}\n\n" + f"A zebra of size {n} is rented for {n} days. " * 12 for n in range(2, 7))
_DELIVERED = """
with row as (select id, row_number() over (order by event_seq) as n
               from hub.webhook_delivery where tenant_id = $1 and webhook_id = $2)
update hub.webhook_delivery d
   set epoch = d.epoch + 1, attempts = case when row.n in (3, 4) then 3 else 1 end,
       state = case when row.n <= 4 then 'delivered' when row.n = 5 then 'dead' else 'ready' end,
       due_at = case when row.n > 5 then now() + interval '1 hour' end,
       lease_owner = case when row.n = 6 then gen_random_uuid() end,
       finished_at = case when row.n <= 5 then now() end
  from row where row.id = d.id"""
_READ = """
with site as (insert into hub.source (id, tenant_id, url, name, run, finished_at)
              values (gen_random_uuid(), $1, 'https://zebra.example/', 'Zebra shop', 2, now()) returning id)
insert into hub.source_page (tenant_id, source_id, url, depth, state, run)
select $1, site.id, 'https://zebra.example/' || n, 1, state, case n when 1 then 1 else 2 end
  from site, unnest(array['read', 'read', 'read', 'unchanged', 'skipped', 'failed', 'failed'])
       with ordinality as page (state, n)"""
_WORK = """
insert into hub.job (id, tenant_id, name, state, due_at, finished_at, error)
select gen_random_uuid(), $1, 'zebra.count', state,
       case when state in ('waiting', 'running') then now() + interval '1 hour' end,
       case state when 'failed' then now() end, case state when 'failed' then 'No zebra was found.' end
  from unnest(array['waiting', 'waiting', 'running', 'failed', 'failed', 'failed']) as state"""
_QUEUES = """select
  (select count(*) from hub.conversation where due_at > now() and lease_owner is not null) as turn,
  (select count(*) from hub.outbox where send_due_at > now() and send_lease_owner is not null) as delivery,
  (select count(*) from hub.job where due_at > now() and state = 'running') as job,
  (select count(*) from hub.webhook_delivery where due_at > now() and lease_owner is not null) as webhook"""
_JOBS = (
    "select state, count(*) from hub.job where state <> 'done' and (due_at is not null or state = 'failed') group by 1"
)
_SERVER = """select current_setting('server_version') as version, current_setting('max_connections') as most,
                    (select count(*) from hub.job where state = 'failed') as failed,
                    (select count(*) from hub.process where seen_at > now() - interval '1 hour') as processes"""


async def test_what_is_read_sent_and_worked_on_is_shown_as_the_rows_say(owner: OwnerPages) -> None:
    await owner.calm()
    company = await company_that_knows(owner, "Work", "Zebra terms", TEXT)
    hook = await company.call("POST", "/webhooks", {"url": f"http://127.0.0.1:{owner.demo.outside_port}/none"})
    for n in range(4):
        await company.ask(f"How many days for a zebra of size {n}?")
    await company.lives(_DELIVERED, UUID(hook["id"]))
    await company.lives(_READ)
    await company.lives(_WORK)
    try:
        page = await owner.sign_in()
        await _knowledge(owner, page, company)
        await _webhook(owner, page, company, hook["id"])
        failed = await _system(owner, page, company)
        await page.get_by_role("combobox", name="State").click()
        await page.get_by_role("option", name="Failed").click()
        await expect(page.locator("tr[data-job]")).to_have_count(min(failed, 50))
        await expect(page.locator("tr[data-job]").filter(has_text="No zebra was found.")).to_have_count(3)
    finally:
        await company.lives("delete from hub.job where tenant_id = $1 and name = 'zebra.count'")


async def _knowledge(owner: OwnerPages, page: Page, company: Company) -> None:
    (document,) = await company.rows("document")
    passages = [one for one in await company.rows("chunk") if one["version"] == document["version"]]
    assert len(passages) > 1
    await owner.open(page, "knowledge", "Knowledge", company.slug)
    cells = page.get_by_role("row", name="Zebra terms").get_by_role("cell")
    (size,) = await said(page, "size", len(TEXT.encode()))
    await expect(cells.nth(2)).to_have_text(f"{len(passages)}")
    await expect(cells.nth(3)).to_have_text(size)
    await page.get_by_role("link", name="Zebra terms").click()
    await expect(page.get_by_role("heading", level=1, name="Zebra terms")).to_be_visible()
    await expect(page.locator("main dd")).to_contain_text([size, f"{len(passages)}"])
    await expect(page.locator("main article")).to_have_count(len(passages))

    resting = {
        str(one["id"])
        for one in await company.rows("message")
        if any(cited["document_id"] == str(document["id"]) for cited in json.loads(one["citations"]))
    }
    assert resting
    await page.get_by_role("tab", name="Answers that rest on it").click()
    shown = page.locator("[data-answer]")
    await expect(shown).to_have_count(len(resting))
    assert {await one.get_attribute("data-answer") for one in await shown.all()} == resting
    await page.get_by_role("tab", name="What changed").click()
    await expect(page.get_by_text("Never changed")).to_be_visible()

    await owner.open(page, "knowledge/indexing", "Knowledge", company.slug)
    await expect(page.locator("[data-cut]")).to_have_attribute("data-cut", "1/1")
    (vectors,) = await company.rows("embedding_set")
    filled = sum(one["set_id"] == vectors["id"] for one in await company.rows("embedding"))
    text = f"{filled} of {len(passages)} passages"
    await expect(page.locator("[data-state=active]")).to_contain_text(text)

    await owner.open(page, "knowledge/websites", "Knowledge", company.slug)
    (site,) = await company.rows("source")
    pages = Counter(one["state"] for one in await company.rows("source_page") if one["run"] == site["run"])
    card = page.get_by_role("region", name="Zebra shop")
    words = {"read": "pages read", "unchanged": "unchanged", "skipped": "left out", "failed": "failed"}
    for state, told in words.items():
        await expect(card).to_contain_text(f"{pages[state]} {told}")


async def _webhook(owner: OwnerPages, page: Page, company: Company, hook: str) -> None:
    rows = await company.rows("webhook_delivery")
    became = Counter(one["state"] for one in rows)
    first = sum(one["state"] == "delivered" and one["attempts"] <= 1 for one in rows)
    assert (became["delivered"], became["dead"], first) == (4, 1, 2)
    assert became["ready"] > 1
    await owner.open(page, f"webhooks/{hook}", None, company.slug)
    tiles = {
        "delivered": (percent(became["delivered"] / (became["delivered"] + became["dead"])), "4 of 5 that ended"),
        "first_try": (percent(first / became["delivered"]), "of those delivered"),
        "waiting": (f"{became['ready']}", "waiting for their next try"),
    }
    for figure, (value, text) in tiles.items():
        tile = page.locator(f"[data-figure={figure}]")
        await expect(tile.locator("strong")).to_have_text(value)
        await expect(tile).to_contain_text(text)
    for label, state in (("Given up", "dead"), ("Delivered", "delivered")):
        await page.get_by_role("combobox", name="State").click()
        await page.get_by_role("option", name=label).click()
        await expect(page.locator("main tbody tr")).to_have_count(became[state])


async def _system(owner: OwnerPages, page: Page, company: Company) -> int:
    """Queues, jobs, database and processes. How many jobs failed."""
    await owner.open(page, "system", "System", company.slug)

    async def queues() -> bool:
        (running,) = await rows_of_all(owner, _QUEUES)
        jobs = {one["state"]: one["count"] for one in await rows_of_all(owner, _JOBS)}
        assert running["job"] >= 1
        assert running["webhook"] >= 1
        assert jobs["waiting"] >= 2
        assert jobs["failed"] >= 3
        shown = {kind: await page.locator(f"[data-queue={kind}] td").nth(2).text_content() for kind in running} | {
            state: await page.locator(f"[data-jobs={state}] strong").text_content() for state in jobs
        }
        return shown == {name: f"{count:,}" for name, count in (running | jobs).items()}

    await page.locator("[data-queue=job]").wait_for()
    await page.locator("[data-jobs=failed]").wait_for()
    await eventually(queues, seconds=30, what="the queues and the jobs, as the rows are")
    (server,) = await rows_of_all(owner, _SERVER)
    tile = page.locator("[data-figure=database]")
    await expect(tile).to_contain_text(f"PostgreSQL {server['version']},")
    await expect(tile).to_contain_text(f"of {server['most']} connections")
    await expect(page.locator("tr[data-process]")).to_have_count(server["processes"])
    return int(server["failed"])
