"""npm for a front end, by the machine's Node or the one from a wheel: ``python -m support.npm widget run check``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from hatch_build import machine_npm, wheel_npm

ROOT = Path(__file__).parents[2]
NEEDED = "node_modules/typescript"
"""One of the development packages: the bundle's build leaves them out, checks and tests need them."""


def node() -> str:
    """How to run Node itself."""
    return "node" if machine_npm() is not None else wheel_npm()[0][0]


def npm(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm in a front end's folder; its development packages are installed first. Output is captured together."""
    environment = dict(os.environ)
    command = machine_npm()
    if command is None:
        command, binaries = wheel_npm()
        environment["PATH"] = f"{binaries}{os.pathsep}{environment.get('PATH', '')}"
    if not _up_to_date(folder):
        done = _run([*command, "ci", "--no-audit", "--no-fund"], folder, environment)
        if done.returncode != 0:
            return done
    return _run([*command, *arguments], folder, environment)


def _up_to_date(folder: Path) -> bool:
    """Whether what is installed is what the lock file names: npm notes what it installed, after doing so."""
    installed = folder / "node_modules" / ".package-lock.json"
    if not (folder / NEEDED).exists() or not installed.is_file():
        return False
    return installed.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


if __name__ == "__main__":
    result = npm(ROOT / sys.argv[1], *sys.argv[2:])
    print(result.stdout)
    sys.exit(result.returncode)
