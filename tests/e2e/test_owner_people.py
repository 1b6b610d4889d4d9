"""Who may work in a company, in real browsers: an accepted invitation, acting as a member, a company handed on."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import Browser, Page, expect

from support.owner_pages import OwnerPages
from support.running_hub import eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(480),
    pytest.mark.usefixtures("built_desk"),
]


async def test_an_invited_colleague_comes_in_by_the_mailed_link(owner: OwnerPages, browser: Browser) -> None:
    page = await owner.sign_in()
    company = await owner.company("Invites")
    email = f"bea-{secrets.token_hex(4)}@example.com"
    await owner.open(page, "people", "People", company)
    await page.get_by_role("button", name="Invite", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail").fill(email)
    await dialog.get_by_role("button", name="Send invitation").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text(f"{email} is invited")).to_be_visible()

    theirs = await browser.new_context(locale="en-GB", timezone_id="UTC", reduced_motion="reduce")
    try:
        bea = await theirs.new_page()
        await _open_mail(bea, f"{owner.demo.simulator_pages()}/mail/", email)
        await bea.get_by_role("link").filter(has_text="/admin/invitation#").click()
        await expect(bea.get_by_role("heading", name="Join Invites")).to_be_visible()
        await bea.get_by_label("Your name").fill("Bea Bee")
        await bea.get_by_label("New password", exact=True).fill(secrets.token_urlsafe(16))
        await bea.get_by_role("button", name="Join").click()
        await expect(bea).to_have_url(re.compile(f"/admin/{company}/inbox/"))
        # An agent: the inbox is hers, the keys are not.
        await bea.goto(f"{owner.demo.base}/admin/{company}/keys")
        await expect(bea.get_by_role("heading", level=1, name="You may not see this")).to_be_visible()
    finally:
        await theirs.close()
    await page.reload()
    await expect(page.get_by_role("row", name="Bea Bee")).to_contain_text("Agent")
    members = (await owner.demo.call("GET", f"/tenants/{company}/members"))["items"]
    assert [(one["email"], one["role"]) for one in members] == [(email, "agent")]


async def _open_mail(page: Page, catcher: str, to: str) -> None:
    """Load the catcher's page until the mail is there: it does not show by itself what comes."""
    mail = page.get_by_role("link").filter(has_text=to)

    async def there() -> bool:
        await page.goto(catcher)
        return await mail.count() > 0

    await eventually(there, seconds=60, what=f"a mail to {to}")
    await mail.first.click()


async def test_acting_as_a_member_is_shown_all_the_while_and_logged(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    await owner.open(page, "people", "People")
    await page.get_by_role("button", name="More for Arno Agent").click()
    await page.get_by_role("menuitem", name="Act as Arno Agent").click()
    dialog = page.get_by_role("dialog")
    why = f"He sees no {secrets.token_hex(4)}"
    await dialog.get_by_label("Why?").fill(why)
    await dialog.get_by_role("button", name="Act as Arno Agent").click()
    banner = page.get_by_role("status").filter(has_text="You are Olivia Owner and act as Arno Agent")
    await page.wait_for_url("**/inbox/needs_person")
    await expect(banner).to_be_visible()
    # What he may not, is not there for the one who acts as him either.
    await owner.open(page, "keys", "You may not see this")
    await expect(banner).to_be_visible()
    await banner.get_by_role("button", name="Be yourself again").click()
    await page.wait_for_url("**/admin/demo/people")
    await expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    await expect(banner).to_have_count(0)
    await owner.open(page, "audit?act=member.impersonated", "Audit log")
    await expect(page.get_by_role("row").filter(has_text="member.impersonated").first).to_be_visible()
    log = (await owner.demo.call("GET", "/tenants/demo/audit?act=member.impersonated"))["items"]
    assert any(why in str(entry) and "Olivia Owner" in str(entry) for entry in log)


async def test_a_company_is_handed_to_another_organisation(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Handed")
    key = await owner.demo.call("POST", f"/tenants/{company}/api-keys", {"name": "Till", "scopes": ["knowledge:read"]})
    await owner.knows(company, "Zebra terms", "A zebra is rented for at most nine days.")
    await owner.open(page, "tenants", "Companies")
    row = page.get_by_role("row").filter(has_text=company)
    await row.get_by_role("button", name="More for Handed").click()
    await page.get_by_role("menuitem", name="Hand over").click()
    dialog = page.get_by_role("dialog", name="Hand Handed to another organisation")
    buyer = f"Buyer {secrets.token_hex(4)}"
    await dialog.get_by_label("Or a new one").fill(buyer)
    await dialog.get_by_role("button", name="Make").click()
    await expect(dialog.get_by_role("combobox", name="Organisation")).to_have_value(buyer)
    give = dialog.get_by_role("button", name="Hand over")
    await expect(give).to_be_disabled()
    await dialog.get_by_label(f"Type {company} to go on").fill(company)
    await give.click()
    await expect(dialog).to_have_count(0)
    await expect(row).to_contain_text(buyer)
    # The former owner's key is gone; the knowledge went along.
    keys = (await owner.demo.call("GET", f"/tenants/{company}/api-keys"))["items"]
    assert all(one["revoked_at"] is not None for one in keys if one["id"] == key["id"])
    documents = (await owner.demo.call("GET", f"/tenants/{company}/documents"))["items"]
    assert [one["title"] for one in documents] == ["Zebra terms"]
