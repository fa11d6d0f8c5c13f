"""The archive in a bucket keeps the promises that it keeps in a folder."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ebelge.archive.bucket import PART_BYTES
from ebelge.archive.store import ArchiveError, ArchiveStore, Key, NotArchived

TENANT = UUID("11111111-1111-7111-8111-111111111111")


@pytest.fixture
def store(bucket):
    return ArchiveStore(bucket())


def test_what_was_put_is_read_back_and_listed(store):
    first, second = sorted((uuid4(), uuid4()), key=str)
    data = b"<Invoice/>"
    stored = store.put(TENANT, first, "signed.xml", data)
    assert (stored.sha256, stored.size, stored.created) == (hashlib.sha256(data).digest(), 10, True)
    assert store.put_many([(Key(TENANT, second, "signed.xml"), b"other")])[0].created
    assert store.get(TENANT, first, "signed.xml") == data
    assert (store.exists(TENANT, first, "signed.xml"), store.size(TENANT, first, "signed.xml")) == (True, 10)
    assert [key.object_id for key in store.keys(TENANT)] == [first, second]
    assert store.tenants() == [TENANT]
    store.place.check()


def test_of_two_writers_one_creates_the_object_and_the_other_adopts_it(bucket):
    ettn, start, results = uuid4(), threading.Barrier(4), []

    def write(n):
        store = ArchiveStore(bucket())
        start.wait()
        results.append((n, store.put(TENANT, ettn, "signed.xml", b"%d" % n)))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [n for n, stored in results if stored.created]
    assert ArchiveStore(bucket()).get(TENANT, ettn, "signed.xml") == b"%d" % winner
    assert {stored.sha256 for _, stored in results} == {hashlib.sha256(b"%d" % winner).digest()}


def test_a_large_file_goes_in_parts_and_is_written_once_too(store):
    piece, ettn = bytes(range(256)) * 4096, uuid4()
    count = PART_BYTES // len(piece) + 2
    stored = store.put_from(TENANT, ettn, "file", (piece for _ in range(count)))
    assert (stored.created, stored.size) == (True, count * len(piece))
    again = store.put_from(TENANT, ettn, "file", (b"x" * len(piece) for _ in range(count)))
    assert (again.created, again.sha256) == (False, stored.sha256)
    assert hashlib.sha256(b"".join(store.read(TENANT, ettn, "file"))).digest() == stored.sha256


def test_an_absent_object_and_a_broken_store_say_so(store, s3):
    with pytest.raises(NotArchived):
        store.get(TENANT, uuid4(), "signed.xml")
    with pytest.raises(NotArchived):
        list(store.read(TENANT, uuid4(), "signed.xml"))
    assert (store.exists(TENANT, uuid4(), "signed.xml"), list(store.keys(uuid4()))) == (False, [])
    nowhere = ArchiveStore(type(store.place)(replace(s3, bucket="no-such-bucket")))
    with pytest.raises(ArchiveError, match="cannot be stored"):
        nowhere.put(TENANT, uuid4(), "signed.xml", b"x")
    with pytest.raises(ArchiveError, match="does not answer"):
        nowhere.place.check()


def test_uploads_that_nobody_finished_are_removed(store, s3):
    place = store.place
    place._files.call_s3("create_multipart_upload", Bucket=place.bucket, Key=f"{place.prefix}/{TENANT}/{uuid4()}/file")
    assert store.remove_parts(before=datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert store.remove_parts(before=datetime.now(UTC) + timedelta(minutes=1)) == 1
