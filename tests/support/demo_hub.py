"""The demo as anybody starts it: ``hub up --demo`` as a process of its own, and other commands beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from support.ports import free_port
from support.test_run import run_folder, run_lock

_ROOT = Path(__file__).parents[2]
_HUB = (sys.executable, "-c", "from hub.run.cli import main; main()")
_READY = "Ctrl-C stops everything"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
async def demo() -> AsyncIterator[DemoHub]:
    """This worker's running demo."""
    folder = run_folder() / f"demo-{free_port()}"
    # PostgreSQL gives up root's rights and must still be able to pass through here.
    folder.mkdir(mode=0o755)
    hub = DemoHub(folder / "data")
    try:
        await _start_indexed(hub)
        yield hub
    finally:
        await hub.stop()


async def _start_indexed(hub: DemoHub) -> None:
    """Start a new demo. Its documents are read once a run: the run's other demos begin with a copy of what the first
    one had on its disk by then."""
    kept = run_folder() / "demo-indexed"
    with run_lock("demo-indexed"):
        if not kept.is_dir():
            await hub.start()
            if not (hub.data / "postgres" / "cluster").is_dir():
                return  # its database had to move to where a copy would not be its own
            await hub.stop()
            partial = kept.with_suffix(".partial")
            await _copy(hub.data, partial)
            partial.rename(kept)
        else:
            await _copy(kept, hub.data)
    await hub.start()


async def _copy(source: Path, target: Path) -> None:
    # Owners and modes, too: PostgreSQL takes no cluster that others could read.
    copying = await asyncio.create_subprocess_exec("cp", "-a", str(source), str(target))
    assert await copying.wait() == 0, f"{source} could not be copied to {target}"


class DemoHub:
    """One data directory and port; ``hub up`` over them, with the ``demo`` or bare, may stop and start again."""

    def __init__(self, data: Path, *, demo: bool = True) -> None:
        self.data = data
        self._demo = demo
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.outside_port = free_port()
        """The one port of this machine that the hub may call: for a test's own server."""
        self._log = data.with_suffix(".log")
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and wait until it prints where to click. Raises ``AssertionError`` with its log."""
        with self._log.open("wb") as stream:
            self._child = await asyncio.create_subprocess_exec(
                *(*_HUB, "up", *(["--demo"] if self._demo else []), "--data", str(self.data), "--port", str(self.port)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                env=self._environment(),
                cwd=self.data.parent,
            )
        for _ in range(6000):
            if _READY in self.said():
                if self._demo:
                    await self._indexed()
                return
            assert self._child.returncode is None, self.said()
            await asyncio.sleep(0.1)
        raise AssertionError(f"hub up did not get ready:\n{self.said()}")

    async def _indexed(self) -> None:
        """Return when all the demo's documents can be found: a slow machine opens the demo before."""
        for status in ("queued", "processing"):
            while (await self.call("GET", f"/tenants/demo/documents?status={status}"))["items"]:
                await asyncio.sleep(0.2)

    async def stop(self) -> int:
        """What Ctrl-C does; the exit code."""
        if self._child is None:
            return 0
        child, self._child = self._child, None
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        try:
            return await asyncio.wait_for(child.wait(), 60)
        except TimeoutError:
            child.kill()
            await child.wait()
            raise

    def said(self) -> str:
        """All it printed since its start."""
        return self._log.read_text(errors="replace")

    def telegram_page(self) -> str:
        """The printed address of the simulated chat."""
        found = re.search(r"http://\S+/telegram/\S*", self.said())
        assert found is not None, self.said()
        return found.group()

    def simulator_pages(self) -> str:
        """Where the simulated chats and their control API are, without a slash at the end."""
        page = self.telegram_page()
        return page[: page.index("/telegram/")]

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The REST API as the platform's admin. Raises ``AssertionError`` for anything but success."""
        key = json.loads((self.data / "keys.json").read_text())["admin_key"]
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
            http.request(method, f"{self.base}/api/v1{path}", json=body) as answer,
        ):
            assert answer.status < 300, (path, answer.status, await answer.text())
            return None if answer.status == 204 else await answer.json()

    async def simulator(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """The simulated platforms' control API. Raises ``AssertionError`` for anything but success."""
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self.simulator_pages()}{path}", json=body) as answer,
        ):
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json()

    @contextlib.asynccontextmanager
    async def dripping(self, seconds: float) -> AsyncIterator[None]:
        """For a while each word of the model takes ``seconds``, whoever asks: a summary or a title of another
        conversation may come before the answer that a test waits for."""
        await self.simulator("/control/faults", {"kind": "drip", "seconds": seconds, "upstream": "model"})
        try:
            yield
        finally:
            await self.simulator("/control/faults", method="DELETE")

    async def run(self, *command: str, given: bytes | None = None, data: Path | None = None, **more: str) -> Ended:
        """Run another ``hub`` command over the same data to its end."""
        child = await asyncio.create_subprocess_exec(
            *(*_HUB, *command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment() | {"HUB_DATA_DIR": str(data or self.data)} | more,
            cwd=self.data.parent,
        )
        out, err = await asyncio.wait_for(child.communicate(given or b""), 240)
        return Ended(child.returncode or 0, out.decode(), err.decode())

    async def run_in_terminal(self, *command: str) -> tuple[int, str]:
        """Run a command whose output is a terminal; its exit code and all that was drawn."""
        ours, theirs = os.openpty()
        try:
            child = await asyncio.create_subprocess_exec(
                *(*_HUB, *command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                env=self._environment() | {"HUB_DATA_DIR": str(self.data), "TERM": "xterm-256color", "COLUMNS": "100"},
                cwd=self.data.parent,
            )
        finally:
            os.close(theirs)
        drawn = asyncio.create_task(asyncio.to_thread(_drained, ours))
        code = await asyncio.wait_for(child.wait(), 240)
        return code, (await drawn).decode(errors="replace")

    def _environment(self) -> dict[str, str]:
        allowed = f"127.0.0.1:{self.outside_port}"
        return {**os.environ, "PYTHONPATH": str(_ROOT), "NO_COLOR": "", "HUB_OUTBOUND_ALLOW": allowed}


def _drained(descriptor: int) -> bytes:
    """All that comes out of a terminal until its last writer is gone."""
    drawn = bytearray()
    try:
        while piece := os.read(descriptor, 65_536):
            drawn += piece
    except OSError:  # Linux says EIO where a pipe would say end of file
        pass
    finally:
        os.close(descriptor)
    return bytes(drawn)
