"""Archives in a folder and in a bucket of a real S3 server, once per run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ebelge.archive.bucket import Bucket
from ebelge.core.archive_settings import ArchiveSettings
from ebelge.core.ids import new_id

S3 = ArchiveSettings(bucket="ebelge-archive", s3_region="eu-central-1", s3_key="test", s3_secret="test")


@pytest.fixture(scope="session")
def s3() -> Iterator[ArchiveSettings]:
    """A running S3 server with an empty bucket; where it listens stands in the settings."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told = replace(S3, s3_endpoint=f"http://{host}:{port}")
    client = boto3.client(
        "s3", endpoint_url=told.s3_endpoint, region_name=told.s3_region, aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip
    client.create_bucket(Bucket=told.bucket, CreateBucketConfiguration={"LocationConstraint": told.s3_region})
    yield told
    server.stop()


@pytest.fixture
def bucket(s3: ArchiveSettings) -> Callable[[], Bucket]:
    """Call it for a client of its own; all of a test share a prefix that nobody else has."""
    prefix = f"of/{new_id()}"
    return lambda: Bucket(replace(s3, prefix=prefix))
