"""The embedded PostgreSQL: data outlives kills and restarts, one holder a directory, root and normal users alike."""

import asyncio
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

from hub.run.embedded import EmbeddedPostgres, EmbeddedPostgresError, place
from support.ports import free_port

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0

SUPERVISE = """
import asyncio, json, os, sys
import asyncpg, structlog, concurrent.futures.thread  # what a normal user could not load from root's home
import hub.run.embedded.postmaster as postmaster
from pathlib import Path
from hub.run.embedded import EmbeddedPostgres
from hub.run.embedded.binaries import find_binaries
find_binaries()
data, user, pdeath = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "pdeath"
if not pdeath:
    postmaster._parent_death_signal = lambda: None
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)

async def main():
    database = EmbeddedPostgres(Path(data))
    await database.start()
    connection = await asyncpg.connect(database.database_url)
    await connection.execute("create table if not exists note (text text)")
    await connection.execute("insert into note values ('kept')")
    notes = await connection.fetchval("select count(*) from note")
    print(json.dumps({"pid": database.pid, "notes": notes, "uid": os.stat(f"/proc/{database.pid}").st_uid}), flush=True)
    await connection.close()
    await asyncio.to_thread(sys.stdin.readline)
    await database.stop()

asyncio.run(main())
"""


def supervise(data: Path, *, user: int = 0, pdeath: bool = True) -> tuple[subprocess.Popen[str], dict]:
    child = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, str(data), str(user), "pdeath" if pdeath else "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(data.parent)},
    )
    line = child.stdout.readline()
    assert line, child.stderr.read()
    return child, json.loads(line)


def finish(child: subprocess.Popen[str]) -> None:
    child.communicate("\n", timeout=120)
    assert child.returncode == 0


def gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)


def at(pid: int, what: str) -> Path:
    """The working directory (``cwd``) or the program (``exe``) of a process."""
    return Path(f"/proc/{pid}/{what}").resolve()


def reachable_folder() -> Path:
    """A new folder that any user can enter: pytest's own are closed to all but us."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def empty():
    """A data directory that is not there yet, where any user can reach it."""
    folder = reachable_folder()
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
async def made():
    """A data directory that was used once."""
    folder = reachable_folder()
    database = EmbeddedPostgres(folder / "data")
    await database.start()
    await database.stop()
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def data(made, empty):
    """A copy of a used data directory: most tests need no first start of their own."""
    subprocess.run(["cp", "-a", made, empty], check=True)
    return empty


async def count(database: EmbeddedPostgres) -> int:
    connection = await asyncpg.connect(database.database_url)
    try:
        return await connection.fetchval("select count(*) from note")
    finally:
        await connection.close()


async def write(database: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(database.database_url)
    await connection.execute("create table if not exists note (text text)")
    await connection.execute("insert into note values ('kept')")
    await connection.close()


async def test_the_product_gets_a_database_it_owns_with_vectors_and_no_superuser(empty):
    database = EmbeddedPostgres(empty)
    await database.start()
    try:
        connection = await asyncpg.connect(database.database_url)
        assert await connection.fetchval("select '[1,2]'::vector <-> '[1,3]'::vector") == 1
        role = await connection.fetchrow(
            "select rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = user"
        )
        assert tuple(role) == (False, True, False)
        await connection.execute("create role some_nologin nologin")
        await connection.execute("create schema hub")
        assert await connection.fetchval("show password_encryption") == "scram-sha-256"
        assert int(await connection.fetchval("show server_version_num")) >= 180000
        await connection.close()
        wrong = database.database_url.replace("hub:", "hub:x", 1)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        assert (empty / "postgres.passwords").stat().st_mode & 0o777 == 0o600
    finally:
        await database.stop()


async def test_a_restart_keeps_data_and_the_wish_for_a_port_and_makes_nothing_anew(data, monkeypatch):
    port = free_port()
    first = EmbeddedPostgres(data, port=port)
    await first.start()
    assert f":{port}/" in first.database_url
    await write(first)
    pid = first.pid
    await first.stop()
    await first.stop()
    assert first.pid is None
    assert gone(pid, 0.1)
    second = EmbeddedPostgres(data)
    for slow in ("cluster.run_program", "server.provision"):  # what makes a first start take seconds
        monkeypatch.delattr(f"hub.run.embedded.{slow}")
    await second.start()
    try:
        assert await count(second) == 1
    finally:
        await second.stop()


async def test_a_killed_postmaster_comes_back_with_its_data_at_the_same_address(data):
    database = EmbeddedPostgres(data)
    await database.start()
    try:
        await write(database)
        url, pid = database.database_url, database.pid
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.to_thread(gone, pid, 60)
        deadline = time.monotonic() + 60
        while True:
            try:
                assert await count(database) == 1
                break
            except (OSError, asyncpg.PostgresError):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
        assert (database.database_url, database.pid != pid) == (url, True)
    finally:
        await database.stop()


async def test_a_second_supervisor_is_refused_in_words(data):
    database = EmbeddedPostgres(data)
    await database.start()
    try:
        with pytest.raises(EmbeddedPostgresError, match=rf"process {os.getpid()}\) already uses the data directory"):
            await EmbeddedPostgres(data).start()
        await write(database)
    finally:
        await database.stop()


@pytest.mark.parametrize("pdeath", [True, False], ids=["stopped by the kernel", "left behind"])
async def test_a_killed_supervisor_is_followed_by_the_next_one(data, pdeath):
    child, seen = await asyncio.to_thread(supervise, data, pdeath=pdeath)
    child.kill()
    child.communicate()
    assert await asyncio.to_thread(gone, seen["pid"], 60 if pdeath else 0.5) is pdeath
    database = EmbeddedPostgres(data)
    await database.start()
    try:
        assert await count(database) == 1
        assert gone(seen["pid"], 0.1)
    finally:
        await database.stop()


async def test_a_stale_pid_that_now_belongs_to_another_program_harms_neither(data):
    database = EmbeddedPostgres(data)
    await database.start()
    await write(database)
    cluster = at(database.pid, "cwd")
    lines = (cluster / "postmaster.pid").read_text().splitlines()
    await database.stop()
    stranger = await asyncio.to_thread(subprocess.Popen, ["sleep", "60"])
    try:
        (cluster / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        shutil.chown(cluster / "postmaster.pid", cluster.stat().st_uid)
        await database.start()
        assert await count(database) == 1
        assert stranger.poll() is None
        await database.stop()
    finally:
        stranger.kill()
        stranger.wait()


async def test_data_of_another_major_version_is_refused_with_the_way_out(data):
    database = EmbeddedPostgres(data)
    await database.start()
    cluster = at(database.pid, "cwd")
    await database.stop()
    (cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match=r"written by PostgreSQL 16.*pg_dump"):
        await database.start()


async def test_a_taken_port_is_said(data):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(EmbeddedPostgresError, match=f"Port {port} is taken"):
            await EmbeddedPostgres(data, port=port).start()


async def test_an_interrupted_first_start_is_made_good(empty):
    home = empty / "postgres"
    (home / "cluster.partial" / "base").mkdir(parents=True)
    (home / "initdb.password").write_text("old")
    database = EmbeddedPostgres(empty)
    await database.start()
    try:
        await write(database)
        assert not (home / "cluster.partial").exists()
        assert not (home / "initdb.password").exists()
    finally:
        await database.stop()


async def test_a_data_directory_that_cannot_be_made_is_said(empty):
    empty.parent.joinpath("file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match="cannot be used"):
        await EmbeddedPostgres(empty.parent / "file" / "empty").start()


@pytest.mark.skipif(not AS_ROOT, reason="every other test here already runs as a normal user")
async def test_a_normal_user_runs_it_under_their_own_name(empty):
    nobody = pwd.getpwnam("nobody").pw_uid
    empty.mkdir()
    os.chown(empty, nobody, nobody)
    for notes in (1, 2):
        child, seen = await asyncio.to_thread(supervise, empty, user=nobody)
        assert (seen["notes"], seen["uid"]) == (notes, nobody)
        await asyncio.to_thread(finish, child)
        assert gone(seen["pid"], 0.1)


@pytest.mark.skipif(not AS_ROOT, reason="only root gives up its rights")
async def test_root_gives_up_its_rights(empty):
    child, seen = await asyncio.to_thread(supervise, empty)
    assert seen["uid"] != 0
    await asyncio.to_thread(finish, child)


@pytest.mark.skipif(not AS_ROOT, reason="only root's server needs another place")
async def test_under_a_closed_home_the_cluster_and_the_programs_move_to_where_they_can_be_reached(empty, monkeypatch):
    monkeypatch.setattr(place, "SHARED_ROOT", empty.parent / "shared")
    monkeypatch.setattr(place, "_reachable", lambda path, account: False)
    empty.parent.joinpath("shared").mkdir()
    for notes in (1, 2):
        database = EmbeddedPostgres(empty)
        await database.start()
        try:
            await write(database)
            assert await count(database) == notes
            (home,) = (empty.parent / "shared").iterdir()
            assert at(database.pid, "exe").is_relative_to(home)
            assert at(database.pid, "cwd") == home / "cluster"
        finally:
            await database.stop()


@pytest.mark.skipif(not AS_ROOT, reason="only root's server needs another place")
async def test_no_reachable_place_is_said_in_words(empty, monkeypatch):
    empty.parent.joinpath("file").write_text("")
    monkeypatch.setattr(place, "SHARED_ROOT", empty.parent / "file" / "shared")
    empty.mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"cannot reach .*HUB_DATA_DIR"):
        await EmbeddedPostgres(empty).start()
