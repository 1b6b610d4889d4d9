"""What the bubble weighs after gzip, as a page's visitor pays for it, beside the npm builds of two other chat widgets.

Ours is read from the build (``hub/http/static/widget``). The others are fetched with ``npm pack`` from whatever
registry npm is set up for, at pinned versions, and weighed as ours is: gzip at its best of the JavaScript file that
their own instructions have a page load, nothing around it.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.machine import ROOT
from bench.report import Report, options
from hatch_build import machine_npm, wheel_npm

BUILT = ROOT / "hub" / "http" / "static" / "widget"


@dataclass(frozen=True, slots=True)
class Other:
    """A package, and the file in it that a page loads."""

    package: str
    version: str
    file: str


OTHERS = (
    Other("deep-chat", "2.4.2", "dist/deepChat.bundle.js"),
    Other("@n8n/chat", "1.37.0", "dist/chat.bundle.es.js"),
)


def weigh(data: bytes) -> int:
    """Bytes after gzip."""
    return len(gzip.compress(data, 9, mtime=0))


def ours(pattern: str) -> int:
    """The weight of our files of this name. Raises ``LookupError`` where the bubble is not built."""
    found = sorted(BUILT.glob(pattern))
    if not found:
        raise LookupError(f"{BUILT} holds no {pattern}: build the bubble first")
    return max(weigh(file.read_bytes()) for file in found)


def packed(other: Other, folder: Path) -> bytes:
    """The file as npm hands it out. Raises ``CalledProcessError`` where npm cannot have the package."""
    command, environment = machine_npm(), dict(os.environ)
    if command is None:
        command, binaries = wheel_npm()
        environment["PATH"] = f"{binaries}{os.pathsep}{environment.get('PATH', '')}"
    name = f"{other.package}@{other.version}"
    told = subprocess.run(
        [*command, "pack", name, "--silent"], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    with tarfile.open(folder / told.stdout.split()[-1]) as archive:
        member = archive.extractfile(f"package/{other.file}")
        if member is None:
            raise LookupError(f"{name} has no {other.file}")
        return member.read()


def measure(report: Report) -> None:
    """Weigh ours, then theirs."""
    report.add("Switchboard, before anybody asks", [ours("widget.js")], "bytes", "at most 3,072")
    report.add("Switchboard, from the click to a streamed, cited answer", [ours("app-*.js")], "bytes", "at most 40,960")
    report.add("Switchboard, lists and forms, on need", [ours("panels-*.js")], "bytes", "at most 16,384")
    report.add("Switchboard, another language, on need", [ours("locale-*.json")], "bytes")
    with tempfile.TemporaryDirectory() as folder:
        for other in OTHERS:
            data = packed(other, Path(folder))
            report.add(f"{other.package} {other.version}, `{Path(other.file).name}`", [weigh(data)], "bytes")


def main() -> None:
    given = options(__doc__).parse_args()
    report = Report("bubble", "JavaScript of the chat bubble after gzip")
    measure(report)
    report.tell(given)


if __name__ == "__main__":
    main()
