"""A real S3 server (moto's), with one empty bucket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from ebelge.core.archive_settings import ArchiveSettings

S3 = ArchiveSettings(bucket="ebelge-archive", s3_region="eu-central-1", s3_key="test", s3_secret="test")


@contextmanager
def s3_server() -> Iterator[ArchiveSettings]:
    """The server while it runs; where it listens stands in the settings."""
    server = make_server("127.0.0.1", 0, _one_at_a_time(DomainDispatcherApplication(create_backend_app)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told = replace(S3, s3_endpoint=f"http://127.0.0.1:{server.server_port}")
    client = boto3.client(
        "s3", endpoint_url=told.s3_endpoint, region_name=told.s3_region, aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip
    client.create_bucket(Bucket=told.bucket, CreateBucketConfiguration={"LocationConstraint": told.s3_region})
    yield told
    server.shutdown()
    thread.join()


def _one_at_a_time(app: Callable[..., Iterable[bytes]]) -> Callable[..., list[bytes]]:
    """S3 looks for the object and writes it in one step; moto does so in two, and would let two writers create it."""
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        with turn:
            return list(app(environ, start))

    return answer
