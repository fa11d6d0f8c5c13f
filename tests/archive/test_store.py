"""The archive: a key is created once, whole, durable, and inside the folder."""

import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ebelge.archive.store import ArchiveError, ArchiveStore, Key, NotArchived

TENANT = UUID("11111111-1111-7111-8111-111111111111")


@pytest.fixture
def store(tmp_path):
    return ArchiveStore(tmp_path / "archive")


def test_what_was_put_is_read_back(store):
    ettn = uuid4()
    stored = store.put(TENANT, ettn, "signed.xml", b"<Invoice/>")
    assert (stored.sha256, stored.size, stored.created) == (hashlib.sha256(b"<Invoice/>").digest(), 10, True)
    assert store.get(TENANT, ettn, "signed.xml") == b"<Invoice/>"
    assert store.exists(TENANT, ettn, "signed.xml")
    assert (store.root / str(TENANT) / str(ettn) / "signed.xml").stat().st_mode & 0o777 == 0o440


def test_a_taken_key_is_described_and_left_as_it_is(store):
    ettn = uuid4()
    store.put(TENANT, ettn, "signed.xml", b"first")
    second = store.put(TENANT, ettn, "signed.xml", b"second")
    assert (second.created, second.sha256) == (False, hashlib.sha256(b"first").digest())
    assert store.get(TENANT, ettn, "signed.xml") == b"first"


def test_of_many_writers_exactly_one_creates_the_key(store):
    ettn, results, start = uuid4(), [], threading.Barrier(16)

    def write(n):
        start.wait()
        results.append((n, store.put(TENANT, ettn, "signed.xml", b"%d" % n)))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [n for n, stored in results if stored.created]
    assert len(winners) == 1
    assert store.get(TENANT, ettn, "signed.xml") == b"%d" % winners[0]
    assert {stored.sha256 for _, stored in results} == {hashlib.sha256(b"%d" % winners[0]).digest()}


def test_many_at_once(store):
    items = [(Key(TENANT, uuid4(), "signed.xml"), os.urandom(2000)) for _ in range(60)]
    taken = items[7][0]
    store.put(taken.tenant_id, taken.object_id, taken.name, b"earlier")
    results = store.put_many(items)
    assert [result.created for result in results] == [n != 7 for n in range(60)]
    assert all(store.get(k.tenant_id, k.object_id, k.name) == data for n, (k, data) in enumerate(items) if n != 7)
    assert {key.object_id for key in store.keys(TENANT)} == {key.object_id for key, _ in items}
    assert store.tenants() == [TENANT]


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", ".hidden", "A.XML", "x" * 65, "a\x00b", "/etc/passwd"])
def test_no_name_leads_out_of_the_folder(store, name):
    with pytest.raises(ValueError, match="not a name"):
        store.put(TENANT, uuid4(), name, b"x")


@pytest.mark.parametrize("crooked", ["../../etc", "", "x"])
def test_no_id_leads_out_of_the_folder(store, crooked):
    with pytest.raises(ValueError):
        store.put(crooked, uuid4(), "signed.xml", b"x")
    with pytest.raises(ValueError):
        store.get(TENANT, crooked, "signed.xml")


def test_an_absent_key_says_so(store):
    with pytest.raises(NotArchived):
        store.get(TENANT, uuid4(), "signed.xml")
    assert not store.exists(TENANT, uuid4(), "signed.xml")
    assert list(store.keys(TENANT)) == []


def test_a_full_disk_leaves_no_key_and_no_part(store):
    """RLIMIT_FSIZE stands for the full disk: the write fails in the middle."""
    good, bad = Key(TENANT, uuid4(), "signed.xml"), Key(TENANT, uuid4(), "signed.xml")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(ArchiveError, match="cannot be stored"):
            store.put(TENANT, bad.object_id, bad.name, os.urandom(200_000))
        results = store.put_many([(good, b"small"), (bad, os.urandom(200_000))])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert results[0].created
    assert isinstance(results[1], ArchiveError)
    assert not store.exists(TENANT, bad.object_id, bad.name)
    assert list(store.keys(TENANT)) == [good]
    assert list(store.root.rglob(".part-*")) == []


CRASH = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from ebelge.archive import folder as module
from ebelge.archive.store import ArchiveStore
step = sys.argv[2]
real = os.link if step == "link" else os.fsync
def die(*arguments, **options):
    if step == "after":
        real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module.os, "link" if step == "link" else "fsync", die)
ArchiveStore(Path(sys.argv[1])).put(UUID(sys.argv[3]), UUID(sys.argv[4]), "signed.xml", b"x" * 100_000)
"""


@pytest.mark.parametrize("step", ["fsync", "after", "link"])
def test_a_crash_in_between_leaves_no_key_and_the_next_put_succeeds(store, step):
    ettn = uuid4()
    died = subprocess.run([sys.executable, "-c", CRASH, str(store.root), step, str(TENANT), str(ettn)])
    assert died.returncode == -signal.SIGKILL
    assert not store.exists(TENANT, ettn, "signed.xml")
    assert list(store.keys(TENANT)) == []
    assert len(list(store.root.rglob(".part-*"))) == 1
    assert store.put(TENANT, ettn, "signed.xml", b"again").created
    assert store.get(TENANT, ettn, "signed.xml") == b"again"
    assert store.remove_parts(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.remove_parts(before=datetime.now(UTC) + timedelta(seconds=5)) == 1
    assert [key.name for key in store.keys(TENANT)] == ["signed.xml"]
