"""Pictures of the ways into the desk, and of one's own account: what happens around the work itself."""

from __future__ import annotations

from urllib.parse import urlsplit

from camera import page_at, shot, sign_in
from playwright.sync_api import Browser, Page

_CARD = {"width": 640, "height": 640}
_NEW = "lena@demo.example"


def ways_in(browser: Browser, hub: str, password: str) -> None:
    """A forgotten password, an invitation and an address to confirm, by the links that were mailed."""
    page = page_at(browser, f"{hub}/admin/forgot", viewport=_CARD)
    page.get_by_label("E-mail address").fill("agent@demo.example")
    shot(page, "forgot")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Use another address").wait_for()
    page.goto(_mailed(browser, hub, "agent@demo.example", "reset"))
    page.get_by_label("New password").fill("nine small boats drift")
    shot(page, "reset")

    owner = page_at(browser, f"{hub}/admin/")
    sign_in(owner, "owner@demo.example", password)
    owner.goto(f"{hub}/admin/demo/people?tab=teams")
    _team(owner)
    shot(owner, "teams")
    owner.get_by_role("tab", name="Invitations").click()
    owner.get_by_role("button", name="Invite").click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_label("E-mail address").fill(_NEW)
    shot(owner, "invite")
    dialog.get_by_role("button", name="Send invitation").click()
    owner.get_by_role("row", name=_NEW).wait_for()
    shot(owner, "invitations")
    page.goto(_mailed(browser, hub, _NEW, "invitation"))
    page.get_by_label("Your name").fill("Lena Lang")
    shot(page, "invitation")
    owner.get_by_role("row", name=_NEW).get_by_role("button", name="Take back").click()


def _team(owner: Page) -> None:
    """A team with somebody in it, made once."""
    owner.get_by_role("button", name="New team").wait_for()
    if owner.get_by_text("Returns", exact=True).count():
        return
    owner.get_by_role("button", name="New team").click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Returns")
    for name in ("Arno Agent", "Berta Agent"):
        dialog.get_by_label(name).check()
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="hidden")
    owner.reload()
    owner.get_by_text("Returns", exact=True).wait_for()


def _mailed(browser: Browser, hub: str, to: str, page: str) -> str:
    """The newest link to a page of the desk that somebody got by mail."""
    reader = browser.new_context().new_page()
    reader.goto(f"{hub}/demo/")
    phones = reader.locator("a[href*='/phones/']").get_attribute("href") or ""
    kept = reader.request.get(f"http://{urlsplit(phones).netloc}/control/mail")
    links = [link for mail in kept.json()["items"] if to in mail["to"] for link in mail["links"]]
    reader.context.close()
    return next(link for link in reversed(links) if f"/admin/{page}#" in link)


def own_account(page: Page, hub: str) -> None:
    """Each part of one's own account that has no picture elsewhere."""
    for tab in ("security", "keyboard", "display"):
        page.goto(f"{hub}/admin/demo/account?tab={tab}")
        page.get_by_role("tabpanel").wait_for()
        shot(page, tab)


def sign_in_again(page: Page, other: Page, hub: str) -> None:
    """A session that was ended from another machine, while somebody wrote."""
    page.get_by_label("Reply to the customer").fill("One moment, I am looking it up.")
    other.goto(f"{hub}/admin/demo/account?tab=security")
    other.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_label("Reply to the customer").press("Control+Enter")
    page.get_by_role("dialog").get_by_label("Password", exact=True).wait_for()
    shot(page, "again")
