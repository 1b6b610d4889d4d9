"""Take the pictures of the first person's page and of an address to confirm: ``docs/pictures/take_first.py LINK``.

LINK is what ``hub user link`` prints on a hub that nobody belongs to yet. It is not used up.
"""

from __future__ import annotations

import sys

from camera import chromium, page_at, shot

_CARD = {"width": 640, "height": 700}


def take(link: str) -> None:
    """Both pictures, by way of the link that a bare hub gave."""
    with chromium() as browser:
        page = page_at(browser, link, viewport=_CARD)
        page.get_by_label("Your name").fill("Olga Owner")
        page.get_by_label("E-mail address").fill("olga@shop.example")
        shot(page, "set-up")
        confirming = page_at(browser, link.partition("#")[0].replace("set-up", "verify#token=shown"), viewport=_CARD)
        confirming.get_by_role("button").first.wait_for()
        shot(confirming, "verify")


if __name__ == "__main__":
    take(sys.argv[1])
