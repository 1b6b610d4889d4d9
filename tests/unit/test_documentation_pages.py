"""The demo's documentation: Markdown as pages with anchors, and nothing outside its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from hub.core.errors import NotFound
from hub.http.documentation import DocumentationPages

PAGE = """# Feed & read

<!-- generated: settings -->
## Which `types`, and how?

[There](other.md#which-types-and-how) <script>alert(1)</script>
"""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "how-to").mkdir(parents=True)
    (folder / "how-to" / "feed.md").write_text(PAGE)
    (folder / "take.py").write_text("secret")
    (tmp_path / "outside.md").write_text("# Outside")
    return folder


async def read(response: web.Response) -> str:
    assert response.headers["Content-Security-Policy"]
    assert isinstance(response.body, bytes)
    return response.body.decode()


async def test_a_page_has_its_title_and_anchors_that_links_can_name(docs: Path) -> None:
    html = await read(await DocumentationPages(docs).page_in_folder("how-to", "feed.md"))
    assert "<title>Feed &amp; read - Switchboard</title>" in html
    assert '<h2 id="which-types-and-how">' in html
    assert '<a href="other.md#which-types-and-how">' in html


async def test_comments_stay_out_and_markup_of_the_text_stays_text(docs: Path) -> None:
    html = await read(await DocumentationPages(docs).page_in_folder("how-to", "feed.md"))
    assert "generated" not in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("name", ["take.py", "..", "../outside.md", "none.md", ".hidden.md", "how-to"])
async def test_only_markdown_and_pictures_of_the_folder_are_given(docs: Path, name: str) -> None:
    with pytest.raises(NotFound):
        await DocumentationPages(docs).page(name)
