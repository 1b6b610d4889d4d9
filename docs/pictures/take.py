"""Take the README's picture anew: ``python docs/pictures/take.py http://127.0.0.1:8080`` while ``make up`` runs.

Needs what ``make setup`` installs, and Chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

from camera import chromium, page_at

_QUESTION = "Which file types can I upload?"


def take(hub: str, question: str, picture: Path) -> None:
    """Ask the demo's bubble and photograph its answer with the sources open."""
    with chromium() as browser:
        page = page_at(
            browser, f"{hub.rstrip('/')}/demo/", viewport={"width": 1280, "height": 800}, color_scheme="light"
        )
        page.get_by_role("button", name="Ask the assistant").click()
        page.get_by_label("Write a message").fill(question)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Sources").click(timeout=30_000)
        page.locator(".sources a").first.wait_for()
        page.get_by_role("log").evaluate("log => { log.scrollTop = log.scrollHeight; }")
        page.wait_for_timeout(500)
        page.screenshot(path=picture)


if __name__ == "__main__":
    take(
        sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080",
        sys.argv[2] if len(sys.argv) > 2 else _QUESTION,
        Path(__file__).with_name("demo.png"),
    )
