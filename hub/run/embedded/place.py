"""Where the server's files stand and whose they are.

PostgreSQL refuses to run as root, so root hands it to an unprivileged user. That user must be able to reach the
cluster and the programs: under a closed home the cluster moves to ``/var/lib/switchboard`` (a file in the data
directory says where) and the programs are copied beside it.
"""

from __future__ import annotations

import os
import pwd
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from hub.run.embedded.binaries import MAJOR, Binaries, copy_binaries
from hub.run.embedded.errors import EmbeddedPostgresError

SHARED_ROOT = Path("/var/lib/switchboard")


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user the server runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    """A server's surroundings: its home, which ``account`` owns (None: it runs as ourselves), and its programs.

    ``log`` is what it writes to its standard error; it stands in the data directory, which is always ours.
    """

    home: Path
    account: Account | None
    binaries: Binaries
    log: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "cluster"


def prepare_place(data_dir: Path, binaries: Binaries) -> Place:
    """Make the server's home under ``data_dir`` or where that cannot be reached. Idempotent."""
    if os.geteuid() != 0:
        home = data_dir / "postgres"
        home.mkdir(mode=0o700, exist_ok=True)
        return Place(home, None, binaries, data_dir / "postgres.log")
    home = _home_for_root(data_dir)
    account = _account(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(home, account.uid, account.gid)
    if not _reachable(binaries.directory, account):
        binaries = copy_binaries(binaries, home)
    return Place(home, account, binaries, data_dir / "postgres.log")


def check_version(cluster: Path) -> None:
    """Raise ``EmbeddedPostgresError``, with the way out, where another major version wrote the data."""
    file = cluster / "PG_VERSION"
    found = file.read_text().strip() if file.is_file() else str(MAJOR)
    if found != str(MAJOR):
        raise EmbeddedPostgresError(
            f"The data in {cluster} was written by PostgreSQL {found}; this release brings PostgreSQL {MAJOR}. "
            f"Start the release that wrote it once more, save the data with `pg_dump`, move {cluster} away, "
            "start this release, and load the dump with `psql`."
        )


def _home_for_root(data_dir: Path) -> Path:
    home, pointer = data_dir / "postgres", data_dir / "postgres.location"
    if pointer.is_file():
        return Path(pointer.read_text().strip())
    if _reachable(data_dir, _account(home)):
        return home
    moved = SHARED_ROOT / f"postgres-{secrets.token_hex(6)}"
    try:
        moved.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user '{_account(home).name}' it would run as cannot reach "
            f"{data_dir} ({SHARED_ROOT} cannot be made either: {error.strerror}). "
            "Choose another data directory with HUB_DATA_DIR or --data, or do not run as root."
        ) from error
    pointer.write_text(f"{moved}\n")
    return moved


def _account(home: Path) -> Account:
    """Whoever owns the data already; else ``postgres`` or ``nobody``."""
    if home.is_dir() and (owner := home.stat().st_uid) != 0:
        try:
            entry = pwd.getpwuid(owner)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
        except KeyError:
            return Account(str(owner), owner, home.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'. "
        "Run as a normal user, or set HUB_DATABASE_URL to a PostgreSQL of your own."
    )


def _reachable(path: Path, account: Account) -> bool:
    """Whether ``account`` may enter ``path`` and every folder above it."""
    return all(_may_enter(folder.stat(), account) for folder in (path.resolve(), *path.resolve().parents))


def _may_enter(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
