"""The simulator's process as a run sees it: its faults, and its record, which is the truth."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from support.faults.nursery import ROOT


@dataclass
class Platforms:
    """The simulator's process."""

    urls: Mapping[str, str]
    child: asyncio.subprocess.Process
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        async with self.http.request(method, f"{self.urls['ground']}{path}", **more) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.json()

    async def fault(self, kind: str, **more: Any) -> None:
        """From now on the platforms, or the model, show this fault."""
        async with self.http.post(f"{self.urls['control']}/control/faults", json={"kind": kind, **more}) as answer:
            assert answer.status == 200, await answer.text()

    async def well(self) -> None:
        """No more faults."""
        async with self.http.delete(
            f"{self.urls['control']}/control/faults", headers={"Content-Type": "application/json"}
        ) as answer:
            assert answer.status == 200, await answer.text()

    async def record(self, after: int = 0) -> list[dict[str, Any]]:
        """What really happened after a number of the record. Raises when the record has forgotten anything."""
        told = await self.ask("GET", f"/ground/record?after={after}")
        assert told["forgotten"] == 0, "the record is too short for this run"
        entries: list[dict[str, Any]] = told["items"]
        return entries

    async def close(self) -> None:
        """End the process."""
        with contextlib.suppress(ProcessLookupError):
            self.child.kill()
        await self.child.wait()


async def open_platforms(seed: int, folder: Path, http: aiohttp.ClientSession) -> Platforms:
    """Start the simulator's process."""
    with (folder / "platforms.log").open("wb") as stream:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "support.faults.platforms", "--seed", str(seed)),
            env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=stream,
        )
    assert child.stdout is not None
    line = await asyncio.wait_for(child.stdout.readline(), 60)
    return Platforms(json.loads(line), child, http)
