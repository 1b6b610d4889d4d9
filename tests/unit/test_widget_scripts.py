"""The widget's own unit tests, and its weight as built."""

import gzip
import json
from pathlib import Path

from support.npm import npm

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "hub/http/static/widget"
LIMITS = {"loader": 3 * 1024, "app": 40 * 1024, "panels": 16 * 1024}
"""Bytes after gzip. The loader is on every page of a customer's site; the app comes when somebody wants to talk."""


def test_the_widgets_own_tests_pass():
    done = npm(ROOT / "widget", "test")
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_built_bundles_keep_to_their_size():
    sizes = json.loads((BUILT / "sizes.json").read_text())
    assert set(sizes) == set(LIMITS)
    for name, size in sizes.items():
        weight = len(gzip.compress((BUILT / size["file"]).read_bytes(), 9))
        assert 200 < weight <= LIMITS[name], f"the {name} is {weight} bytes after gzip, of {LIMITS[name]} allowed"
