"""The supervisor: holds the data directory, keeps one postmaster running, gives the product its address."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

import structlog

from hub.run.embedded.binaries import find_binaries
from hub.run.embedded.cluster import LOGIN, Passwords, init_cluster, load_passwords, provision, save_passwords
from hub.run.embedded.errors import EmbeddedPostgresError
from hub.run.embedded.place import Place, check_version, prepare_place
from hub.run.embedded.postmaster import is_ready, last_words, start_postmaster, stop_leftover, stop_postmaster

log = structlog.get_logger(__name__)

_READY_SECONDS = 60.0
_ATTEMPTS = 5
_LONGEST_PAUSE = 10.0
_STEADY_SECONDS = 10.0


class EmbeddedPostgres:
    """A private PostgreSQL in ``data_dir``. ``port`` is a free one unless given; it stays the same over restarts.

    ``start`` returns when the database takes connections; a postmaster that dies later is started again with its
    data. One process at a time holds a data directory. ``database_url`` is a login that owns the database ``hub``
    and may make roles, but is no superuser; it serves migrations as well.
    """

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        self._data_dir = data_dir.absolute()
        self._wanted_port = port
        self._port = 0
        self._passwords: Passwords | None = None
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._failure: Exception | None = None

    @property
    def database_url(self) -> str:
        """The product's login, over loopback. Known once ``start`` has returned."""
        if self._passwords is None or not self._port:
            raise EmbeddedPostgresError("The embedded PostgreSQL has not been started yet.")
        return f"postgresql://{LOGIN}:{self._passwords.login}@127.0.0.1:{self._port}/{LOGIN}"

    @property
    def pid(self) -> int | None:
        """The running postmaster's process id."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    async def start(self) -> None:
        """Start, making the cluster on first use. Raises ``EmbeddedPostgresError`` in plain words. Idempotent."""
        if self._thread is not None:
            return
        self._stopping.clear()
        self._started.clear()
        self._failure = None
        # A thread of its own, not the loop's: the postmaster's parent-death signal is bound to the thread that forks.
        self._thread = threading.Thread(target=self._run, name="embedded-postgres", daemon=True)
        self._thread.start()
        try:
            await asyncio.to_thread(self._started.wait)
        except asyncio.CancelledError:
            self._stopping.set()
            raise
        if self._failure is not None:
            await self.stop()
            raise self._failure

    async def stop(self) -> None:
        """Shut the server down in order (fast shutdown) and let go of the data directory. Idempotent."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def _run(self) -> None:
        try:
            place = self._open()
            self._supervise(place)
        except Exception as error:
            self._failure = error
            if self._started.is_set():
                log.error("postgres.failed", error=str(error))
        finally:
            if self._process is not None:
                stop_postmaster(self._process)
            if self._lock is not None:
                self._lock.close()
                self._lock = None
            self._started.set()

    def _open(self) -> Place:
        binaries = find_binaries()
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self._data_dir / "postgres.lock")
            place = prepare_place(self._data_dir, binaries)
            check_version(place.cluster)
            stop_leftover(place.cluster)
            password_file = self._data_dir / "postgres.passwords"
            self._passwords = load_passwords(password_file)
            init_cluster(place, self._passwords)
        except OSError as error:
            raise EmbeddedPostgresError(f"The data directory {self._data_dir} cannot be used: {error}") from error
        self._launch_first(place)
        if self._passwords.provisioned != binaries.wheel:
            provision(binaries.path("psql"), self._port, self._passwords)
            self._passwords = Passwords(self._passwords.superuser, self._passwords.login, binaries.wheel)
            save_passwords(password_file, self._passwords)
        return place

    def _launch_first(self, place: Place) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            self._port = self._wanted_port or _free_port()
            if self._wanted_port and _taken(self._wanted_port):
                raise EmbeddedPostgresError(f"Port {self._wanted_port} is taken. Choose another for the database.")
            if self._launch(place):
                return
            # Another program took the port meanwhile, or an old server's children are still letting go.
            self._stopping.wait(0.2 * attempt)
        raise EmbeddedPostgresError(f"PostgreSQL does not start: {last_words(place.log)} (see {place.log})")

    def _launch(self, place: Place) -> bool:
        """Start one postmaster and wait until it is ready. False when it ended, or we were told to stop."""
        process = self._process = start_postmaster(place, self._port)
        deadline = time.monotonic() + _READY_SECONDS
        while process.poll() is None and not self._stopping.is_set():
            if is_ready(place, process):
                return True
            if time.monotonic() > deadline:
                stop_postmaster(process)
                break
            time.sleep(0.01)
        return False

    def _supervise(self, place: Place) -> None:
        self._started.set()
        pause, since = 0.0, time.monotonic()
        while not self._stopping.is_set():
            if self._process is not None and self._process.poll() is None:
                self._stopping.wait(0.1)
                continue
            steady = time.monotonic() - since > _STEADY_SECONDS
            pause = 0.0 if steady else min(_LONGEST_PAUSE, pause * 2 + 0.1)
            log.warning("postgres.ended", said=last_words(place.log), restart_in=pause)
            if self._stopping.wait(pause):
                return
            since = time.monotonic()
            try:
                if self._launch(place):
                    log.info("postgres.restarted", seconds=round(time.monotonic() - since, 2))
            except OSError as error:
                # No memory or no process to be had just now: the next round tries again.
                log.error("postgres.restart_failed", error=str(error))


def _lock(path: Path) -> IO[str]:
    """Hold the data directory until the file is closed or we die."""
    stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = stream.read().strip() or "unknown"
        stream.close()
        raise EmbeddedPostgresError(
            f"Another Switchboard (process {holder}) already uses the data directory {path.parent}. "
            "Stop it first, or choose another data directory with --data."
        ) from None
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
    return stream


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
