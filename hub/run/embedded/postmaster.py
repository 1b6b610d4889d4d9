"""One run of the postmaster: start it, see when it is ready, stop it; and stop one that an earlier run left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hub.run.embedded.cluster import CHILD_ENVIRONMENT
from hub.run.embedded.errors import EmbeddedPostgresError
from hub.run.embedded.place import Place

_LOG_LIMIT = 5_000_000
_PR_SET_PDEATHSIG = 1
_SOCKET_PATH_LIMIT = 100
_STOP_SIGNALS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""Fast shutdown, then immediate, then none at all; and how many seconds each is given."""


def start_postmaster(place: Place, port: int) -> subprocess.Popen[bytes]:
    """Start the server on loopback and a unix socket. It may not be ready yet; call from a thread that stays alive.

    It gets a process group of its own, so that Ctrl-C reaches it through our orderly stop alone. On Linux the kernel
    also stops it when the calling thread dies; elsewhere the next start does (``stop_leftover``).
    """
    if place.log.exists() and place.log.stat().st_size > _LOG_LIMIT:
        place.log.replace(place.log.with_suffix(".log.1"))
    socket_dir = str(place.home) if len(str(place.home)) < _SOCKET_PATH_LIMIT - len("/.s.PGSQL.65535") else ""
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": socket_dir,
        "unix_socket_permissions": "0700",
        "log_checkpoints": "off",
    }
    account = place.account
    with place.log.open("ab") as log:
        return subprocess.Popen(
            [
                *(place.binaries.path("postgres"), "-D", str(place.cluster)),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            env=CHILD_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=_parent_death_signal(),
        )


def is_ready(place: Place, process: subprocess.Popen[bytes]) -> bool:
    """Whether this very process says that it takes connections (``postmaster.pid``, line 8, as ``pg_ctl`` reads it)."""
    lines = _pid_file_lines(place.cluster)
    return len(lines) > 7 and lines[0] == str(process.pid) and lines[7] == "ready"


def stop_postmaster(process: subprocess.Popen[bytes]) -> None:
    """Stop our own child. Returns when it is gone."""
    for number, seconds in _STOP_SIGNALS:
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def stop_leftover(cluster: Path) -> bool:
    """Stop a postmaster that outlived its supervisor; the caller holds the data directory's lock. True if one was.

    Where the number in ``postmaster.pid`` meanwhile belongs to another program, the file is removed: PostgreSQL
    would refuse to start for fear of that program. A dead number is left to PostgreSQL's own checks.
    """
    lines = _pid_file_lines(cluster)
    if not lines or not lines[0].isdigit() or not _alive(pid := int(lines[0])):
        return False
    if not _serves(pid, cluster):
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        return False
    for number, seconds in _STOP_SIGNALS:
        if _alive(pid):
            os.kill(pid, number)
        if _wait_gone(pid, seconds):
            return True
    raise EmbeddedPostgresError(f"A PostgreSQL left behind (process {pid}) does not stop. End it, then start again.")


def last_words(log: Path, limit: int = 4000) -> str:
    """The last line of the server's log that is not empty."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - limit))
            lines = stream.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return "it gave no reason"
    return lines[-1] if lines else "it gave no reason"


def _parent_death_signal() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: afterwards the child must not import or allocate much.
    prctl = ctypes.CDLL(None).prctl

    def ask_for_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

    return ask_for_signal


def _pid_file_lines(cluster: Path) -> list[str]:
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat_file = Path(f"/proc/{pid}/stat")
    try:
        return stat_file.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def _serves(pid: int, cluster: Path) -> bool:
    """Whether a process is this cluster's postmaster: it works in that folder; without /proc, its command names it."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster.resolve()
        except OSError:
            return False
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(cluster) in listed.stdout


def _wait_gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
