"""Files sealed at rest: only whoever has the tenant's key reads them, only where and as they were written."""

import os
from dataclasses import replace
from uuid import uuid4

import pytest

from ebelge.archive.sealing import MAGIC, SEGMENT, SealBroken, Sealing
from ebelge.archive.store import ArchiveStore, Key, open_store
from ebelge.core.db import fetch, tenant_session
from ebelge.core.ids import new_id


class OneKey:
    """A ring with one key."""

    def __init__(self, key=b"k" * 32):
        self.id, self.key = new_id(), key

    def current(self, tenant_id):
        return self.id, self.key

    def get(self, tenant_id, key_id):
        return self.key


@pytest.fixture
def key():
    return Key(new_id(), new_id(), "signed.xml")


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 7])
def test_what_was_closed_opens_whole_and_in_pieces(key, size):
    data, seal = os.urandom(size), Sealing(OneKey())
    stored = seal.close(key, data)
    assert stored.startswith(MAGIC)
    assert size < 16 or data[:16] not in stored
    assert seal.open(key, stored) == data
    pieces = [stored[n : n + 70_001] for n in range(0, len(stored), 70_001)]
    assert b"".join(seal.opening(key, pieces)) == data
    assert seal.close(key, data) != stored


def test_nothing_opens_that_was_changed_cut_or_moved(key):
    seal = Sealing(OneKey())
    stored = seal.close(key, os.urandom(2 * SEGMENT + 5))
    segment = SEGMENT + 16
    head = stored[:36]
    broken = [
        stored[:-1], stored[: 36 + segment], stored[: 36 + 2 * segment], head, stored[:20], stored + b"x",
        stored[:50] + bytes([stored[50] ^ 1]) + stored[51:], stored[:10] + bytes([stored[10] ^ 1]) + stored[11:],
        head + stored[36 + segment : 36 + 2 * segment] + stored[36 : 36 + segment] + stored[36 + 2 * segment :],
    ]  # fmt: skip
    for one in broken:
        with pytest.raises(SealBroken):
            seal.open(key, one)
    for other in (replace(key, tenant_id=new_id()), replace(key, object_id=new_id()), replace(key, name="zarf.zip")):
        with pytest.raises(SealBroken):
            seal.open(other, stored)
    with pytest.raises(SealBroken):
        Sealing(OneKey(b"x" * 32)).open(key, stored)


def test_old_files_stay_readable_and_with_sealing_off_only_what_looks_sealed_is_sealed(key):
    seal = Sealing(OneKey(), new_files=False)
    assert seal.open(key, b"<Invoice/>") == seal.close(key, b"<Invoice/>") == b"<Invoice/>"
    posing = MAGIC + b"not sealed at all, and sent by somebody"
    assert seal.open(key, seal.close(key, posing)) == posing


def test_the_archive_of_the_settings_seals_with_a_key_of_the_tenant(settings, tmp_path):
    config = replace(settings, archive_dir=tmp_path)
    akin, bora, ettn = new_id(), new_id(), uuid4()
    store = open_store(config)
    assert store.put(akin, ettn, "signed.xml", b"<Invoice/>").size == 10
    store.put(bora, ettn, "signed.xml", b"<Invoice/>")
    assert b"Invoice" not in (tmp_path / str(akin) / str(ettn) / "signed.xml").read_bytes()
    assert store.get(akin, ettn, "signed.xml") == b"<Invoice/>"
    ids = []
    for tenant_id in (akin, bora):
        with tenant_session(tenant_id) as session:
            ids += [row.key_id for row in fetch(session, "SELECT key_id FROM archive_key")]
    assert len(set(ids)) == 2
    (tmp_path / str(bora) / str(ettn) / "signed.xml").unlink()
    os.link(tmp_path / str(akin) / str(ettn) / "signed.xml", tmp_path / str(bora) / str(ettn) / "signed.xml")
    with pytest.raises(SealBroken):
        store.get(bora, ettn, "signed.xml")
    assert ArchiveStore(tmp_path).get(akin, ettn, "signed.xml").startswith(MAGIC)


def test_two_processes_that_meet_a_new_tenant_agree_on_its_key(settings, tmp_path):
    from ebelge.archive.data_keys import KeyRing

    tenant_id = new_id()
    first, second = (KeyRing(settings.master_key) for _ in range(2))
    assert first.current(tenant_id) == second.current(tenant_id)
    stranger = KeyRing("A" * 43 + "=")
    with pytest.raises(SealBroken, match="no master key"):
        stranger.current(tenant_id)
