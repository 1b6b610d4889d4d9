"""The desk's own unit tests, its types against the API as it is, and its weight as built."""

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.npm import npm

ROOT = Path(__file__).parents[2]
DESK = ROOT / "admin/ui"
BUILT = ROOT / "hub/http/static/admin"
LIMIT = 250_000
"""Bytes of JavaScript after gzip before the inbox can be used."""


@pytest.mark.timeout(600)
def test_the_desks_own_tests_pass():
    done = npm(DESK, "test")
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.timeout(600)
def test_the_desk_calls_the_api_as_it_is(tmp_path):
    document = tmp_path / "openapi.json"
    program = (sys.executable, "-c", "from hub.run.cli import main; main()", "openapi")
    document.write_bytes(subprocess.run(program, cwd=ROOT, capture_output=True, check=True).stdout)
    made = npm(DESK, "run", "types", "--", str(document))
    assert made.returncode == 0, made.stdout[-4000:]
    checked = npm(DESK, "run", "check")
    assert checked.returncode == 0, checked.stdout[-4000:]


def test_what_the_inbox_loads_first_keeps_to_its_size():
    sizes = json.loads((BUILT / "sizes.json").read_text())
    weight = sum(len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in sizes["files"])
    entry = re.search(r'src="/admin/(assets/index-[^"]+)"', (BUILT / "index.html").read_text())
    assert entry is not None and entry[1] in sizes["files"]
    assert any("Inbox" in name for name in sizes["files"])
    assert 100_000 < weight <= LIMIT, f"the inbox's first load is {weight} bytes after gzip, of {LIMIT} allowed"


def test_the_page_holds_nothing_inline_and_nothing_of_others():
    page = (BUILT / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert "<style" not in page and " style=" not in page
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/admin/"), address
