"""What a measurement stands on: a database of its own, the hub as a process, and what is known of the machine."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.request import urlopen

from hub.run.embedded import EmbeddedPostgres
from hub.security.encryption import generate_key
from hub.store.migrate import migrate

ROOT = Path(__file__).parents[1]
ADMIN_KEY = "bench-admin-key-of-this-run-alone"
_READY_SECONDS = 60.0


def describe() -> str:
    """One line: processor, cores, system, Python, load."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {platform.system()}, Python {platform.python_version()}{load}"


def commit() -> str:
    """The short id of the commit that is measured; a plus where files differ from it."""
    try:
        id = _git("rev-parse", "--short", "HEAD")
        changed = _git(
            "status", "--porcelain", "--untracked-files=no", "--", "hub", "adapters", "orchestrator", "admin"
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{id}+" if changed else id


def _git(*words: str) -> str:
    return subprocess.run(("git", *words), cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder that is removed afterwards. Others may enter it: as root, the database runs under another user."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[str]:
    """A PostgreSQL of its own with the product's schema; gives the application's URL."""
    server = EmbeddedPostgres(folder)
    await server.start()
    try:
        await migrate(server.database_url)
        yield server.database_url
    finally:
        await server.stop()


def environment(url: str | None, folder: Path, **more: str) -> dict[str, str]:
    """What a hub process is started with: nothing of the caller's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    own = {
        "HUB_DATA_DIR": str(folder),
        "HUB_SECRET_KEYS": _SECRET_KEY,
        "HUB_ADMIN_API_KEY": ADMIN_KEY,
        "HUB_LOG_LEVEL": "error",
        "PYTHONPATH": str(ROOT),
    }
    if url is not None:
        own["HUB_DATABASE_URL"] = url
    return kept | own | more


_SECRET_KEY = generate_key()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], settings: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child in ``folder``; it is asked to stop, and made to after ten seconds."""
    log = folder / f"process-{time.monotonic_ns()}.log"
    with log.open("wb") as stream:
        child = subprocess.Popen(command, env=dict(settings), cwd=folder, stdout=stream, stderr=stream)
        try:
            yield child
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{log.read_text(errors='replace')[-3000:]}") from error
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def hub_command(*words: str) -> list[str]:
    """The command line of ``hub`` in this environment."""
    return [str(Path(sys.executable).with_name("hub")), *words]


def wait_until_ready(port: int, child: subprocess.Popen[bytes]) -> None:
    """Return when ``/readyz`` answers 200. Asks every ten milliseconds, and first only for a listening socket."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"The process ended with code {child.returncode} before it was ready.")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.01)
    raise RuntimeError("The process did not become ready in a minute.")


@contextmanager
def hub_server(url: str, folder: Path, **more: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """``hub serve``, ready: its port and its process."""
    port = free_port()
    with process(hub_command("serve", "--port", str(port)), environment(url, folder, **more), folder) as child:
        wait_until_ready(port, child)
        yield port, child


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used, its own and the system's for it. Zero where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return 0.0
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
