"""Archives in a folder and in a bucket of a real S3 server, once per run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ebelge.archive.bucket import Bucket
from ebelge.core.archive_settings import ArchiveSettings
from ebelge.core.ids import new_id
from tests.strangers.s3 import s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[ArchiveSettings]:
    """A running S3 server with an empty bucket; where it listens stands in the settings."""
    with s3_server() as told:
        yield told


@pytest.fixture
def bucket(s3: ArchiveSettings) -> Callable[[], Bucket]:
    """Call it for a client of its own; all of a test share a prefix that nobody else has."""
    prefix = f"of/{new_id()}"
    return lambda: Bucket(replace(s3, prefix=prefix))
