"""The reference says what the code does: every setting, command, route and event, and no link leads nowhere."""

import re

import pytest

from architecture.reference import FOLDER, ROOT, openapi_document, operations, renewed, route_tables
from hub.core.events import HubEvent
from hub.settings import Settings, variable

DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [*DOCS, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
VARIABLES = {variable(field) for field in Settings.model_fields}
NO_SETTINGS = {"HUB_TEST_FIXTURES", "HUB_SKIP_BUNDLES"}
"""Read by the tests and the build, never by the product."""


def page(name):
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["configuration.md", "commands.md", "http.md"])
def test_a_generated_part_is_fresh(name):
    assert renewed(page(name)) == page(name), "run: make docs"


def test_every_setting_is_documented_and_exemplified():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {v for v in VARIABLES if f"`{v}`" not in page("configuration.md")} == set()
    assert {v for v in VARIABLES if not re.search(rf"^# {v}=", example, re.M)} == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_setting_that_does_not_exist(path):
    named = set(re.findall(r"\bHUB_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    assert named - VARIABLES - NO_SETTINGS == set()


def test_every_command_is_documented():
    from hub.run.cli.app import app

    def commands(one, path):
        for name in one:
            if not name.startswith("-") and one[name].show:
                yield f"{path} {name}"
                yield from commands(one[name], f"{path} {name}")

    known = set(commands(app, "hub"))
    assert known
    assert {name for name in known if name not in page("commands.md")} == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_command_that_does_not_exist(path):
    from hub.run.cli.app import app

    named = re.findall(r"(?:^|[`(]|\.venv/bin/)hub ([a-z]+)", path.read_text(encoding="utf-8"), re.M)
    assert {name for name in named if name not in set(app)} == set()


def test_every_route_is_documented():
    document = openapi_document()
    assert {f"`{m} {p}`" for m, p, _ in operations(document) if f"`{m} {p}`" not in page("http.md")} == set()


def test_every_event_is_documented():
    assert {event for event in HubEvent if f"`{event}`" not in page("events.md")} == set()
    named = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", page("events.md"), re.M)
    assert set(named) == set(HubEvent)


def test_route_tables_show_every_route_of_a_document():
    document = {
        "paths": {
            "/api/v1/things": {
                "get": {"tags": ["things"], "summary": "List", "responses": {"200": {}, "401": {}}},
                "post": {"tags": ["things"], "summary": "Add | keep", "responses": {"201": {}}},
            }
        }
    }
    assert route_tables(document).splitlines()[-2:] == [
        "| `GET /api/v1/things` | List | 200 |",
        "| `POST /api/v1/things` | Add \\| keep | 201 |",
    ]


def anchors(text):
    """The anchors of a page's headings, as its readers' software makes them."""
    heads = re.findall(r"^#{1,6} (.+)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_link_leads_nowhere(path):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def test_every_error_code_is_documented():
    from hub.http.problems import TITLES

    assert set(re.findall(r"^\| `(\w+)` \| \d{3} \|", page("http.md"), re.M)) == set(TITLES)


def test_every_socket_event_of_a_visitor_is_documented():
    from hub.realtime.schemas import FRAMES

    assert {event for event in FRAMES if f"| `{event}` |" not in page("sockets.md")} == set()
