"""Files: kept whole or not at all, never outside their folder, the same over disk and object store."""

import asyncio
from uuid import uuid4

import pytest

from hub.core.errors import Invalid, NotFound, Unavailable
from hub.files.factory import open_blob_store
from hub.files.keys import check_key, new_key
from hub.files.local import LocalBlobStore
from hub.files.remote import RemoteBlobStore


@pytest.fixture(params=["disk", "object store"])
def store(request, tmp_path):
    if request.param == "disk":
        return LocalBlobStore(tmp_path / "files")
    from obstore.store import MemoryStore

    return RemoteBlobStore(MemoryStore())


async def test_bytes_come_back_whole_and_in_pieces(store):
    key, data = new_key(uuid4(), "media"), bytes(range(256)) * 4000
    await store.put(key, data)
    assert await store.get(key) == data
    assert b"".join([chunk async for chunk in store.stream(key)]) == data
    await store.put(key, b"new")
    assert await store.get(key) == b"new"


async def test_a_tenants_files_go_together_and_nobody_elses(store):
    tenant, other = uuid4(), uuid4()
    gone = [new_key(tenant, kind) for kind in ("media", "documents", "documents")]
    kept = new_key(other, "media")
    for key in (*gone, kept, f"{tenant}-not/media/x"):
        await store.put(key, b"data")
    for _ in range(2):
        await store.delete_under(str(tenant))
    for key in gone:
        with pytest.raises(NotFound):
            await store.get(key)
    assert await store.get(kept) == await store.get(f"{tenant}-not/media/x") == b"data"
    with pytest.raises(Invalid):
        await store.delete_under("../elsewhere")


async def test_what_is_not_there_is_not_found_and_deleting_twice_is_fine(store):
    key = new_key(uuid4(), "media")
    with pytest.raises(NotFound):
        await store.get(key)
    with pytest.raises(NotFound):
        _ = [chunk async for chunk in store.stream(key)]
    await store.put(key, b"")
    assert await store.get(key) == b""
    await store.delete(key)
    await store.delete(key)
    with pytest.raises(NotFound):
        await store.get(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a/..",
        ".",
        "a//b",
        "a/",
        "a\\b",
        "a\0b",
        "a b",
        "é",
        ".hidden",
        "a" * 600,
    ],
)
async def test_no_key_leads_out(store, key):
    for call in (store.get(key), store.put(key, b"x"), store.delete(key)):
        with pytest.raises(Invalid):
            await call
    with pytest.raises(Invalid):
        _ = [chunk async for chunk in store.stream(key)]


def test_new_keys_stand_under_their_tenant_and_differ():
    tenant = uuid4()
    keys = {new_key(tenant, "media") for _ in range(100)}
    assert len(keys) == 100
    assert all(check_key(key).startswith(f"{tenant}/media/") for key in keys)


async def test_a_reader_never_sees_half_a_write(tmp_path):
    store = LocalBlobStore(tmp_path)
    versions = [bytes([n]) * 300_000 for n in range(8)]
    await store.put("t/k", versions[0])

    async def read():
        return [await store.get("t/k") for _ in range(20)]

    seen, *_ = await asyncio.gather(read(), *(store.put("t/k", version) for version in versions))
    assert all(data in versions for data in seen)
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["k"]


async def test_a_disk_that_refuses_is_said_and_leaves_nothing(tmp_path):
    (tmp_path / "t").write_text("a file where a folder should be")
    with pytest.raises(Unavailable):
        await LocalBlobStore(tmp_path).put("t/k", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


async def test_files_are_ours_alone(tmp_path):
    await LocalBlobStore(tmp_path / "files").put("t/k", b"x")
    assert (tmp_path / "files" / "t" / "k").stat().st_mode & 0o077 == 0
    assert (tmp_path / "files" / "t").stat().st_mode & 0o077 == 0


async def test_the_url_chooses_the_store(tmp_path):
    default = open_blob_store(None, tmp_path)
    await default.put("t/k", b"x")
    assert (tmp_path / "files" / "t" / "k").read_bytes() == b"x"
    elsewhere = open_blob_store(f"file://{tmp_path}/other%20place", tmp_path)
    await elsewhere.put("t/k", b"y")
    assert (tmp_path / "other place" / "t" / "k").read_bytes() == b"y"
    assert isinstance(open_blob_store("s3://bucket/prefix", tmp_path), RemoteBlobStore)


@pytest.mark.parametrize("url", ["ftp://x/y", "file://host/x", "file:///", "s3://", "bucket", "https://x/y"])
def test_a_url_that_names_no_store_is_refused(url, tmp_path):
    with pytest.raises(Invalid, match="HUB_BLOB_URL"):
        open_blob_store(url, tmp_path)
