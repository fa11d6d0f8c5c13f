"""Checks of archived files: what is missing, changed, unreadable or nobody's is named, and so is its mending."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.keeping import integrity
from ebelge.edge import archive_files
from tenants.audit.entries import command

BY = command("test", by="Derya")


@pytest.fixture
def akin(tmp_path, settings):
    """An archive with five files: tenant, store, ids."""
    tenant_id, archive = new_id(), ArchiveStore(tmp_path / "archive")
    ids = [
        archive_files.take(
            archive, tenant_id=tenant_id, name=f"{n}.txt", chunks=[b"file %d" % n], kind="other", note="", actor=BY,
            at=utc_now(),
        ).file_id
        for n in range(5)
    ]  # fmt: skip
    return tenant_id, archive, sorted(ids)


def path(akin, number):
    return akin[1].root / str(akin[0]) / str(akin[2][number]) / "file"


def check(akin, **given):
    return integrity.check(akin[1], tenant_id=akin[0], now=utc_now, **given)


def broken(akin):
    with tenant_session(akin[0]) as session:
        return {(one.object_id, one.what) for one in integrity.standing(session, tenant_id=akin[0]).broken}


def test_a_whole_archive_is_whole(akin):
    done = check(akin, whole=True)
    assert (done.files, done.size_bytes, done.broken, done.round_ended) == (5, 30, 0, True)
    assert broken(akin) == set()


def test_each_kind_of_break_is_named_and_seen_to_be_mended(akin):
    tenant_id, archive, ids = akin
    whole = path(akin, 1).read_bytes()
    path(akin, 0).unlink()
    os.chmod(path(akin, 1), 0o640)
    path(akin, 1).write_bytes(b"forged!")
    path(akin, 2).unlink()
    path(akin, 2).mkdir()
    stray = new_id()
    archive.put(tenant_id, stray, "signed.xml", b"nobody's")
    assert check(akin).broken == 4
    assert broken(akin) == {(ids[0], "missing"), (ids[1], "changed"), (ids[2], "unreadable"), (stray, "without_row")}
    path(akin, 1).write_bytes(whole)
    (archive.root / str(tenant_id) / str(stray) / "signed.xml").unlink()
    check(akin, whole=True)
    assert broken(akin) == {(ids[0], "missing"), (ids[2], "unreadable")}
    with tenant_session(tenant_id) as session:
        found = integrity.standing(session, tenant_id=tenant_id)
        assert (found.broken_count, found.last.broken) == (2, 2)
        rows = session.execute(text("SELECT count(*) FROM integrity_break WHERE gone_at IS NOT NULL")).scalar()
    assert rows == 2


def test_a_share_is_read_each_night_and_all_of_them_in_a_round(akin, monkeypatch):
    monkeypatch.setattr(integrity, "SHARE_MIN", 2)
    nights = [check(akin, round_days=3) for _ in range(3)]
    assert [(one.files, one.round_ended) for one in nights] == [(2, False), (2, False), (1, True)]
    assert len({one.round_began_at for one in nights}) == 1
    path(akin, 4).unlink()
    again = [check(akin, round_days=3) for _ in range(3)]
    assert [one.broken for one in again] == [0, 0, 1]
    with tenant_session(akin[0]) as session:
        assert not integrity.is_due(session, tenant_id=akin[0], at=utc_now())
        assert integrity.is_due(session, tenant_id=akin[0], at=utc_now() + timedelta(hours=21))
