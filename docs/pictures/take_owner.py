"""Take the pictures of the owner's guide anew: ``python docs/pictures/take_owner.py http://127.0.0.1:8080 PASSWORD``.

Run it while ``make up`` runs, after a few questions in the demo; PASSWORD is the one that it printed. Needs what
``make setup`` installs, and Chromium.
"""

from __future__ import annotations

import sys
from functools import partial

from camera import SLOW, chromium, page_at, shot, sign_in
from playwright.sync_api import Browser, Locator, Page

_PAGES = (
    ("start", "start"),
    ("channels", "channels"),
    ("channels/new/whatsapp", "connect"),
    ("knowledge", "knowledge"),
    ("overview", "overview"),
    ("reports?report=models", "reports"),
    ("ledger", "ledger"),
    ("tenants", "companies"),
)


def _signed_in(browser: Browser, hub: str, password: str, **options: object) -> Page:
    page = page_at(browser, f"{hub}/admin/", **options)
    sign_in(page, "owner@demo.example", password)
    return page


_shot = partial(shot, of="owner")


def _version(page: Page, hub: str) -> None:
    """Two versions, and the newer one with what it changes. The demo answers by its settings again afterwards."""
    page.goto(f"{hub}/admin/demo/bot")
    page.get_by_role("tab", name="Versions").click()
    told = ("Be brief. Offer the guide.", "Be brief.\nOffer the guide, and a person when somebody hesitates.")
    for words, note in zip(told, ("First", "More ways on"), strict=True):
        page.get_by_role("button", name="Write a version").click()
        dialog = page.get_by_role("dialog", name="Write a version")
        dialog.get_by_label("Instructions").fill(words)
        dialog.get_by_label("Why this version?").fill(note)
        dialog.get_by_role("button", name="Keep it").click()
        view = page.get_by_role("dialog", name="Version")
        view.get_by_label("What it changes").last.wait_for()
        if note == "First":
            view.get_by_role("button", name="Answer by this version").click()
            view.wait_for(state="hidden")
    _shot(page, "version")
    _trial(page, view)
    page.get_by_role("button", name="Use no version").click()
    page.get_by_role("dialog").get_by_role("button", name="Use no version").click()
    page.get_by_role("dialog").wait_for(state="hidden")


def _trial(page: Page, view: Locator) -> None:
    """The version that is open tried beside the one in use, with a few answers; over again afterwards."""
    view.get_by_role("button", name="Try it on some conversations").click()
    page.get_by_role("button", name="Begin", exact=True).click()
    card = page.get_by_role("region", name="Tried side by side")
    card.wait_for()
    for question in (
        "Which file types can I upload?",
        "What does it cost?",
        "How do I embed the bubble?",
        "Is there an API?",
    ):
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
        page.get_by_role("log").get_by_text("How it came to this").wait_for(timeout=SLOW)
        page.get_by_role("button", name="Begin anew").click()
    page.reload()
    card.wait_for()
    _shot(page, "trial")
    card.get_by_role("button", name="End the trial").click()
    page.get_by_role("dialog").get_by_role("button", name="End the trial").click()
    card.wait_for(state="hidden")


def _fix(page: Page, hub: str) -> None:
    """An answer from the inbox, about to be put right."""
    page.goto(f"{hub}/admin/demo/inbox/bot")
    page.locator("a[href*='/inbox/bot/']").first.click(timeout=SLOW)
    page.get_by_role("button", name="Why this answer").first.click()
    page.get_by_role("button", name="Fix it here").first.click()
    dialog = page.get_by_role("dialog", name="Fix it here")
    dialog.get_by_label("Answer", exact=True).fill("PDF, Word, Excel, CSV, HTML, Markdown and text, up to 25 MB each.")
    dialog.get_by_role("button", name="Try it first").click()
    dialog.get_by_role("article").wait_for(timeout=SLOW)
    _shot(page, "fix")
    page.keyboard.press("Escape")


def take(hub: str, password: str) -> None:
    """Photograph the owner's pages, one after the other."""
    with chromium() as browser:
        page = _signed_in(browser, hub, password)
        for path, name in _PAGES:
            page.goto(f"{hub}/admin/demo/{path}")
            page.get_by_role("heading", level=1).wait_for(timeout=SLOW)
            _shot(page, name)
        page.goto(f"{hub}/admin/demo/knowledge/search")
        page.get_by_label("Question").fill("Which file types can I upload?")
        page.keyboard.press("Enter")
        page.get_by_role("article").first.wait_for(timeout=SLOW)
        _shot(page, "search")
        page.goto(f"{hub}/admin/demo/bot")
        page.get_by_label("Your question").fill("Which file types can I upload?")
        page.keyboard.press("Enter")
        page.get_by_text("How it came to this").click(timeout=SLOW)
        _shot(page, "bot")
        _version(page, hub)
        _fix(page, hub)
        phone = _signed_in(browser, hub, password, viewport={"width": 390, "height": 780}, color_scheme="dark")
        phone.goto(f"{hub}/admin/demo/overview")
        phone.get_by_role("heading", level=1).wait_for(timeout=SLOW)
        _shot(phone, "phone")


if __name__ == "__main__":
    take((sys.argv[1] if len(sys.argv) > 2 else "http://127.0.0.1:8080").rstrip("/"), sys.argv[-1])
