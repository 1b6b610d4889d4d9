"""``hub`` as a person runs it: a process of its own over a test's database."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple

from hub.security.encryption import generate_key
from support.database import Database

_ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def run_command(
    *words: str, database: Database, folder: Path, secret_key: str | None = None, seconds: float = 280
) -> Ended:
    """Run ``hub`` with these words in a folder that is its data directory too. Without a ``secret_key`` it gets one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    own = {"HUB_SECRET_KEYS": secret_key or generate_key(), "HUB_DATA_DIR": str(folder), "PYTHONPATH": str(_ROOT)}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from hub.run.cli import main; main()", *words),
        env=kept | database.environment | own,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), seconds)
    return Ended(child.returncode or 0, out.decode(), err.decode())
