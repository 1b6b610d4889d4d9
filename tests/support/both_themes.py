"""A page as it stands, looked at in a light and in a dark theme."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from support.owner_pages import axe

if TYPE_CHECKING:
    from playwright.async_api import Page

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def looked_at(page: Page, name: str, within: str | None = None) -> list[str]:
    """What is wrong with a page, or with what a selector finds there. Ends in the light theme.

    Where HUB_TEST_PICTURES names a folder, both themes are kept there as pictures.
    """
    found: list[str] = []
    for theme in reversed(THEMES):
        await _show(page, theme)
        found += [f"{theme}: {one}" for one in await axe(page, within=within, colours=theme == "dark")]
        await _picture(page, f"{name} {theme}")
    return found


async def kept(page: Page, name: str) -> None:
    """Keep a page as it stands as a picture in each theme, where HUB_TEST_PICTURES names a folder."""
    for theme in reversed(THEMES) if _folder() else ():
        await _show(page, theme)
        await _picture(page, f"{name} {theme}")


async def _show(page: Page, theme: Literal["light", "dark"]) -> None:
    await page.emulate_media(color_scheme=theme)
    await page.wait_for_function("(theme) => document.documentElement.dataset.mantineColorScheme === theme", arg=theme)


def _folder() -> str | None:
    return os.environ.get("HUB_TEST_PICTURES")


async def _picture(page: Page, name: str) -> None:
    folder = _folder()
    if folder:
        await asyncio.to_thread(Path(folder).mkdir, parents=True, exist_ok=True)
        file = "".join(letter if letter.isalnum() else "-" for letter in name)
        await page.screenshot(path=f"{folder}/{file}.png")
