"""A backup of one place comes back in another: from a folder into a bucket, from a bucket into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ebelge.archive.store import ArchiveStore, open_store
from ebelge.backup.errors import BackupError
from ebelge.backup.put_back import put_back
from ebelge.backup.take import take
from ebelge.core.archive_settings import ArchiveSettings
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.ids import new_id
from tests.backup.conftest import Akin
from tests.backup.test_backup import wallet
from tests.strangers.s3 import s3_server


@pytest.fixture(scope="module")
def s3() -> Iterator[ArchiveSettings]:
    with s3_server() as told:
        yield told


@pytest.fixture
def empty_bucket(s3: ArchiveSettings, empty_place: Callable[[], Settings]) -> Callable[[], Settings]:
    """Call it for settings of an empty database whose archive is a prefix of the bucket that nobody else has."""

    def make() -> Settings:
        return replace(empty_place(), archive=replace(s3, prefix=f"of/{new_id()}", encrypted=False))

    return make


def lying(place: Settings) -> dict[str, bytes]:
    """Path and bytes of everything that lies in a place's archive."""
    store: ArchiveStore = open_store(place, as_it_lies=True)
    return {
        f"{key.tenant_id}/{key.object_id}/{key.name}": store.get(key.tenant_id, key.object_id, key.name)
        for tenant_id in store.tenants()
        for key in store.keys(tenant_id)
    }


def test_what_lay_in_a_folder_comes_back_in_a_bucket_and_from_there_in_a_folder(
    akin_ltd: Akin, tmp_path: Path, empty_bucket: Callable[[], Settings], empty_place: Callable[[], Settings]
) -> None:
    files = {akin_ltd.file(content): content for content in (b"<Invoice/>", b"<Invoice>2</Invoice>")}
    take(akin_ltd.settings, tmp_path / "first", at=utc_now())
    bucket = empty_bucket()
    put_back(bucket, tmp_path / "first")
    assert (lying(bucket), wallet(bucket)) == (files, wallet(akin_ltd.settings))
    assert not bucket.archive_dir.exists()
    taken = take(bucket, tmp_path / "second", at=utc_now())
    assert (taken.manifest.archive_files, taken.manifest.missing) == (2, [])
    folder = empty_place()
    put_back(folder, tmp_path / "second")
    assert (lying(folder), wallet(folder)) == (files, wallet(akin_ltd.settings))


def test_a_restore_that_stopped_before_the_rows_is_taken_up_and_a_bucket_with_anything_else_is_left_alone(
    akin_ltd: Akin, tmp_path: Path, empty_bucket: Callable[[], Settings]
) -> None:
    name = akin_ltd.file(b"<Invoice/>")
    take(akin_ltd.settings, tmp_path / "backups", at=utc_now())
    tenant, object_id, file = name.split("/")
    begun, changed, foreign = empty_bucket(), empty_bucket(), empty_bucket()
    open_store(begun, as_it_lies=True).put(UUID(tenant), UUID(object_id), file, b"<Invoice/>")
    put_back(begun, tmp_path / "backups")
    assert (lying(begun), wallet(begun)) == ({name: b"<Invoice/>"}, wallet(akin_ltd.settings))
    open_store(changed, as_it_lies=True).put(UUID(tenant), UUID(object_id), file, b"<Other/>")
    with pytest.raises(BackupError, match="with other bytes"):
        put_back(changed, tmp_path / "backups")
    open_store(foreign, as_it_lies=True).put(uuid4(), uuid4(), file, b"<Other/>")
    with pytest.raises(BackupError, match="is not of this backup"):
        put_back(foreign, tmp_path / "backups")
    assert [list(lying(place).values()) for place in (changed, foreign)] == [[b"<Other/>"]] * 2
