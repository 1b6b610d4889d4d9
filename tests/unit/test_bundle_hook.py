"""The install-time hook that builds the front ends: when it builds, with which Node, what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hatch_build
from hatch_build import NODE_WHEEL, Bundles, build, digest, machine_npm, stale_bundles


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HUB_SKIP_BUNDLES", raising=False)
    widget = tmp_path / "widget"
    (widget / "src").mkdir(parents=True)
    (widget / "package.json").write_text(json.dumps({"name": "w"}))
    (widget / "src" / "a.ts").write_text("1")
    return tmp_path


def fake(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_built_bundle_is_stale_only_when_its_sources_change(root: Path) -> None:
    (bundle,) = stale_bundles(root)
    bundle.stamp.parent.mkdir(parents=True)
    bundle.stamp.write_text(bundle.digest)
    assert stale_bundles(root) == []
    for unrelated in ("node_modules", "tests"):
        (root / "widget" / unrelated).mkdir()
        (root / "widget" / unrelated / "x.ts").write_text("x")
    assert stale_bundles(root) == []
    (root / "widget" / "src" / "a.ts").write_text("2")
    assert [b.source for b in stale_bundles(root)] == [root / "widget"]


def test_a_moved_file_changes_the_digest(root: Path) -> None:
    before = digest(root / "widget")
    (root / "widget" / "src" / "a.ts").rename(root / "widget" / "src" / "b.ts")
    assert digest(root / "widget") != before


def test_nothing_is_built_when_told_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SKIP_BUNDLES", "1")
    assert stale_bundles(root) == []


@pytest.mark.parametrize(("said", "good"), [("v20.19.0", True), ("v24.1.0", True), ("v18.20.4", False), ("odd", False)])
def test_the_machines_node_is_used_when_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, good: bool
) -> None:
    fake(tmp_path, "node", f"echo {said}")
    fake(tmp_path, "npm", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert (machine_npm() is not None) is good


def test_node_is_asked_from_a_wheel_only_where_it_is_needed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Bundles(str(root), {}, None, None, "", "wheel")  # type: ignore[arg-type]  # hatchling passes its own objects
    monkeypatch.setenv("PATH", str(root))
    assert hook.dependencies() == [NODE_WHEEL]
    monkeypatch.setattr(hatch_build, "machine_npm", lambda: ["npm"])
    assert hook.dependencies() == []


def test_a_failed_build_says_where_it_stopped_and_leaves_no_stamp(root: Path, tmp_path: Path) -> None:
    fake(tmp_path, "npm", '[ "$1" = ci ] || exit 3')
    (bundle,) = stale_bundles(root)
    with pytest.raises(RuntimeError, match="npm run"):
        build(bundle, [str(tmp_path / "npm")], {"PATH": "/bin:/usr/bin"})
    assert not bundle.stamp.exists()
