"""One folder for the whole run, shared by its xdist workers, gone when the run is over."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FOLDER = "SWITCHBOARD_TEST_RUN"
_OWNER = "SWITCHBOARD_TEST_OWNER"
FIXTURES = "HUB_TEST_FIXTURES"
_ROOT = Path(__file__).parents[2]


_FIRST = ("faults", "e2e", "security", "integration", "channels")
"""Folders in the order in which they are tested, before the rest. Files there take minutes, those of the rest seconds,
so that no worker waits long for the other at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; within a folder, everything stays in order."""
    places = {_ROOT / "tests" / folder: place for place, folder in enumerate(_FIRST)}
    items.sort(key=lambda item: min(places.get(above, len(places)) for above in item.path.parents))


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="switchboard-tests-"))
    # PostgreSQL gives up root's rights and must still be able to pass through here.
    folder.chmod(0o711)
    os.environ[_FOLDER] = str(folder)
    os.environ[_OWNER] = str(os.getpid())
    config.add_cleanup(lambda: _end(folder))


def _end(folder: Path) -> None:
    from support.database import end_server

    try:
        end_server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(_FOLDER, None)
        os.environ.pop(_OWNER, None)


def run_folder() -> Path:
    """The run's folder."""
    return Path(os.environ[_FOLDER])


def run_owner() -> int:
    """The process that the run ends with: pytest itself, or xdist's controller."""
    return int(os.environ[_OWNER])


@contextmanager
def run_lock(name: str) -> Iterator[None]:
    """Hold a lock among the run's workers."""
    with (run_folder() / f"{name}.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def outside_fixtures() -> Path:
    """The folder of outside data; the test is skipped where it does not exist (own payloads prove the same)."""
    folder = Path(os.environ.get(FIXTURES) or _ROOT.parent / "shared" / "fixtures")
    if not folder.is_dir():
        pytest.skip(f"{FIXTURES} names no folder; the project's own payloads stand in for it")
    return folder
