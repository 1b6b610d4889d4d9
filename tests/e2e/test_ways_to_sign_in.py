"""The desk's pages before one is in: providers, an invitation, a forgotten password, an address to confirm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from hub.accounts.people import PeopleDesk
from hub.accounts.permissions import Role
from hub.core.ids import TenantId
from hub.run.signing_in import SigningIn
from hub.security.passwords import Passwords
from hub.simulator.identity.desk import Account
from support.api_site import CHEAP
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process
from support.signed_in import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("built_desk"),
]
SLOW = 20_000
APPLICATION, SECRET = "switchboard", "the-application-s-secret"


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(
        database,
        tmp_path,
        smtp_url=lambda simulator: simulator.smtp_url,
        oidc_issuer=lambda simulator: simulator.oidc_url,
        oidc_name="Acme",
        oidc_client_id=APPLICATION,
        oidc_client_secret=SECRET,
    ) as site:
        back = f"{site.base}/api/v1/auth/providers/oidc/callback"
        site.simulator.oidc.add_application(APPLICATION, SECRET, back)
        for number, email in enumerate(("ada@example.com", "new@example.com"), start=1001):
            site.simulator.oidc.add_account(Account(str(number), email.partition("@")[0].title(), email))
        yield site


async def mailed_link(hub: Site, to: str, page: str) -> str:
    """The link to a page of the desk that was mailed to somebody."""

    def sent() -> list[str]:
        return [link for mail in hub.simulator.mail.to(to) for link in mail.links if f"/admin/{page}#" in link]

    (link,) = await eventually(sent, what=f"a mail to {to} with a link to {page}")
    # Links lead to where the hub thinks it is, which in a test is another port.
    return f"{hub.base}/{link.split('/', 3)[3]}"


async def on_page(browser: Browser, violations: list[str]) -> Page:
    page = await (await browser.new_context(locale="en-GB", timezone_id="UTC")).new_page()
    page.on("console", lambda m: violations.append(m.text) if "Content Security Policy" in m.text else None)
    return page


def people_of(hub: Site) -> PeopleDesk:
    assert hub.house is not None
    house = hub.house
    keys, post = house.secret_keys, house.post
    return SigningIn(store=house.store, secret_keys=keys, post=post, passwords=Passwords(CHEAP)).people


async def test_every_way_in(hub: Site, browser: Browser) -> None:
    tenant = TenantId(UUID(await hub.tenant()))
    people = people_of(hub)
    await people.create("ada@example.com", "Ada", password=PASSWORD, tenant=tenant, role=Role.OWNER)
    violations: list[str] = []
    page = await on_page(browser, violations)

    await page.goto(f"{hub.base}/admin/acme/people")
    await page.get_by_role("button", name="Continue with Acme").click()
    await page.get_by_role("button", name="Do not continue").click()
    await expect(page.get_by_role("alert").first).to_contain_text("you did not continue there")
    await page.get_by_role("button", name="Continue with Acme").click()
    await page.get_by_role("button", name="Ada").click()
    await expect(page.get_by_role("alert").first).to_contain_text("never confirmed")

    await page.get_by_label("E-mail address").fill("ada@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{hub.base}/admin/acme/people")

    await page.goto(f"{hub.base}/admin/acme/account")
    await page.get_by_label("Current password").fill(PASSWORD)
    await page.get_by_role("button", name="Send me a link to confirm it").click()
    await expect(page.get_by_text("A link is on its way to ada@example.com")).to_be_visible()
    await page.goto(await mailed_link(hub, "ada@example.com", "verify"))
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text("Your address is confirmed.")).to_be_visible()

    again = await on_page(browser, violations)
    await again.goto(f"{hub.base}/admin/acme/people")
    await again.get_by_role("button", name="Continue with Acme").click()
    await again.get_by_role("button", name="Ada").click()
    await expect(again).to_have_url(f"{hub.base}/admin/acme/people")
    await again.goto(f"{hub.base}/admin/acme/account?tab=security")
    await again.get_by_role("button", name="Disconnect Acme").click()
    # "Disconnect Acme" holds "Connect Acme", and the desk's own menu is a button named after Ada too.
    await again.get_by_role("button", name="Connect Acme", exact=True).click()
    dialog = again.get_by_role("dialog", name="Connect Acme")
    await dialog.get_by_label("Current password").fill("not this one")
    await again.keyboard.press("Enter")
    await expect(dialog.get_by_label("Current password")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Current password").fill(PASSWORD)
    await again.keyboard.press("Enter")
    await again.wait_for_url(f"{hub.simulator.oidc_url}/**")
    await again.get_by_role("button", name="Ada").click()
    await expect(again.get_by_text("Connected: Acme", exact=True)).to_be_visible(timeout=20_000)
    told = "Acme can sign in to your account now"
    mails = hub.simulator.mail
    await eventually(lambda: [m for m in mails.to("ada@example.com") if m.subject == told][1:], what="word of both")
    await expect(again.get_by_role("button", name="Disconnect Acme")).to_be_visible()

    body = {"email": "new@example.com", "role": "agent"}
    await hub.ok("POST", f"/api/v1/tenants/{tenant}/invitations", json=body)
    new = await on_page(browser, violations)
    await new.goto(await mailed_link(hub, "new@example.com", "invitation"))
    await new.get_by_role("button", name="Continue with Acme").click()
    await new.get_by_role("button", name="Ada").click()
    await expect(new.get_by_role("alert").first).to_contain_text("somebody else")
    await new.get_by_role("button", name="Continue with Acme").click()
    await new.get_by_role("button", name="New").click()
    await expect(new).to_have_url(f"{hub.base}/admin/acme/inbox/needs_person")

    forgetful = await on_page(browser, violations)
    await forgetful.goto(f"{hub.base}/admin/sign-in")
    await forgetful.get_by_role("link", name="Forgot your password?").click()
    await forgetful.get_by_label("E-mail address").fill("ada@example.com")
    await forgetful.keyboard.press("Enter")
    await expect(forgetful.get_by_text("a link is on its way")).to_be_visible()
    link = await mailed_link(hub, "ada@example.com", "reset")
    await forgetful.goto(link)
    await forgetful.get_by_label("New password").fill("short")
    await forgetful.keyboard.press("Enter")
    await expect(forgetful.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    await forgetful.get_by_label("New password").fill("nine small boats drift")
    await forgetful.keyboard.press("Enter")
    await expect(forgetful).to_have_url(f"{hub.base}/admin/acme/inbox/needs_person")
    late = await on_page(browser, violations)
    await late.goto(link)
    await late.get_by_label("New password").fill("nine small boats drift")
    await late.keyboard.press("Enter")
    await expect(late.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert violations == []


async def test_the_first_owner_invites_colleagues_who_may_less(hub: Site, browser: Browser) -> None:
    violations: list[str] = []
    owner = await on_page(browser, violations)
    await owner.goto(f"{hub.base}/admin/set-up#token={await people_of(hub).first_link()}")
    await owner.get_by_label("Your name").fill("Ada")
    await owner.get_by_label("E-mail address").fill("ada@example.com")
    await owner.get_by_label("New password").fill(PASSWORD)
    await owner.keyboard.press("Enter")
    await expect(owner.get_by_role("heading", name="Your first company")).to_be_visible(timeout=SLOW)
    await owner.get_by_label("Name of the company").fill("Müller & Söhne")
    await expect(owner.get_by_label("Short name")).to_have_value("muller-sohne")
    await owner.keyboard.press("Enter")
    await expect(owner).to_have_url(f"{hub.base}/admin/muller-sohne/inbox/needs_person", timeout=SLOW)

    await owner.goto(f"{hub.base}/admin/muller-sohne/people")
    await expect(owner.get_by_role("row", name="Ada")).to_contain_text("Owner", timeout=SLOW)
    await owner.get_by_role("button", name="Invite").click()
    await owner.get_by_role("dialog").get_by_label("E-mail address").fill("bob@example.com")
    await owner.get_by_role("button", name="Send invitation").click()
    bob = await on_page(browser, violations)
    await bob.goto(await mailed_link(hub, "bob@example.com", "invitation"))
    await bob.get_by_label("Your name").fill("Bob")
    await bob.get_by_label("New password").fill(PASSWORD)
    await bob.keyboard.press("Enter")
    await expect(bob).to_have_url(f"{hub.base}/admin/muller-sohne/inbox/needs_person", timeout=SLOW)

    said = await hub.ok("POST", "/api/v1/tenants/muller-sohne/chat", json={"message": "Hello"})
    thread = f"{hub.base}/admin/muller-sohne/inbox/open/{said['conversation_id']}"
    await bob.goto(thread)
    await expect(bob.get_by_label("Reply to the customer")).to_be_visible(timeout=SLOW)
    await bob.goto(f"{hub.base}/admin/muller-sohne/people")
    await expect(bob.get_by_role("row", name="Bob")).to_contain_text("Agent", timeout=SLOW)
    await expect(bob.get_by_role("button", name="Invite")).to_have_count(0)

    await owner.reload()
    for choice, shown in (("Their own alone", "Their own alone"), ("Viewer", "Viewer")):
        await owner.get_by_role("button", name="More for Bob").click()
        await owner.get_by_role("menuitemradio", name=choice).click()
        await expect(owner.get_by_role("row", name="Bob")).to_contain_text(shown, timeout=SLOW)
    await bob.goto(thread)
    await expect(bob.get_by_text("You may read here, but not write.")).to_be_visible(timeout=SLOW)
    await bob.goto(f"{hub.base}/admin/muller-sohne/keys")
    await expect(bob.get_by_role("heading", name="You may not see this")).to_be_visible(timeout=SLOW)
    assert violations == []
