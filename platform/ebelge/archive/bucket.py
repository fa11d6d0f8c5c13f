"""A bucket of write-once objects `<prefix>/<tenant>/<object>/<name>` in an S3-compatible store.

`If-None-Match: *` makes the store decide who was first. A repeated request whose first answer was lost finds the key
taken, which is what callers of a taken key must bear anyway.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from s3fs import S3FileSystem

from ebelge.archive.names import NAME
from ebelge.archive.place import ArchiveError, Key, NotArchived
from ebelge.core.archive_settings import ArchiveSettings

T = TypeVar("T")
# From this size on a body goes in parts, so that memory stays bounded; S3 wants parts of at least 5 MiB.
PART_BYTES: Final = 8 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_BUSY_TRIES, _BUSY_S = 5, 0.2


class Bucket:
    """See `Place`."""

    def __init__(self, config: ArchiveSettings) -> None:
        self.bucket, self.prefix = config.bucket, config.prefix
        self._files = S3FileSystem(
            key=config.s3_key or None,
            secret=config.s3_secret or None,
            endpoint_url=config.s3_endpoint or None,
            client_kwargs={"region_name": config.s3_region} if config.s3_region else {},
            config_kwargs={"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 3}},
            # one per process, never shared across a fork; a listing is always asked anew
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    def create(self, key: Key, data: bytes) -> bool:
        """See `Place`."""
        return self._once(
            key,
            lambda: self._files.call_s3(
                "put_object", Bucket=self.bucket, Key=self._name(key), Body=data, IfNoneMatch="*"
            ),
        )

    def create_from(self, key: Key, chunks: Iterable[bytes]) -> bool:
        """See `Place`. What comes is kept in a temporary file first: an object's length must be known."""
        with tempfile.NamedTemporaryFile(prefix="ebelge-archive-") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            size = file.tell()
            if size <= PART_BYTES:
                file.seek(0)
                return self.create(key, file.read())
            if self.exists(key):
                return False
            target = f"{self.bucket}/{self._name(key)}"
            return self._once(
                key,
                lambda: self._files.put_file(file.name, target, chunksize=PART_BYTES, max_concurrency=2, mode="create"),
            )

    def _once(self, key: Key, write: Callable[[], object]) -> bool:
        for attempt in range(_BUSY_TRIES):
            try:
                write()
            except FileExistsError:
                return False
            except (OSError, BotoCoreError) as error:
                code = _code(error)
                if code in ("PreconditionFailed", "412"):
                    return False
                # Two writers at the same instant: the store wants the loser to ask once more who won.
                if code == "ConditionalRequestConflict" and attempt + 1 < _BUSY_TRIES:
                    time.sleep(_BUSY_S)
                    continue
                raise ArchiveError(f"{key.object_id}/{key.name} cannot be stored: {_said(error)}") from error
            return True
        return False

    def settle(self, keys: Sequence[Key]) -> None:
        """Nothing: what the store has answered is durable."""

    def read(self, key: Key) -> bytes:
        """See `Place`."""
        return self._told(key, lambda: bytes(self._files.cat_file(f"{self.bucket}/{self._name(key)}")))

    def chunks(self, key: Key) -> Iterator[bytes]:
        """See `Place`."""
        path = f"{self.bucket}/{self._name(key)}"
        size = int(self._told(key, lambda: self._files.info(path))["size"])
        for start in range(0, size, _CHUNK):
            end = min(start + _CHUNK, size)

            def piece(start: int = start, end: int = end) -> bytes:
                return bytes(self._files.cat_file(path, start=start, end=end))

            yield self._told(key, piece)

    def exists(self, key: Key) -> bool:
        """See `Place`."""
        return self.size(key) >= 0

    def size(self, key: Key) -> int:
        """See `Place`."""
        try:
            head = self._told(key, lambda: self._files.call_s3("head_object", Bucket=self.bucket, Key=self._name(key)))
        except NotArchived:
            return -1
        return int(head["ContentLength"])

    def keys(self, tenant_id: UUID) -> Iterator[Key]:
        """See `Place`."""
        base = self._path(str(tenant_id)) + "/"
        for page in self._pages(base, delimiter=""):
            for one in page.get("Contents", []):
                object_id, _, name = str(one["Key"]).removeprefix(base).partition("/")
                if _is_id(object_id) and NAME.fullmatch(name):
                    yield Key(tenant_id, UUID(object_id), name)

    def tenants(self) -> list[UUID]:
        """See `Place`."""
        base = f"{self.prefix}/" if self.prefix else ""
        found = []
        for page in self._pages(base, delimiter="/"):
            for one in page.get("CommonPrefixes", []):
                name = str(one["Prefix"]).removeprefix(base).rstrip("/")
                if _is_id(name):
                    found.append(UUID(name))
        return found

    def _pages(self, prefix: str, *, delimiter: str) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            try:
                page = self._files.call_s3(
                    "list_objects_v2", Bucket=self.bucket, Prefix=prefix, Delimiter=delimiter, **more
                )
            except (OSError, BotoCoreError) as error:
                raise ArchiveError(f"the archive cannot be listed: {_said(error)}") from error
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def remove_parts(self, *, before: datetime) -> int:
        """Uploads in parts that nobody finished, begun before `before`."""
        removed = 0
        try:
            found = self._files.call_s3("list_multipart_uploads", Bucket=self.bucket, Prefix=self.prefix)
            for one in found.get("Uploads", []):
                if one["Initiated"] < before:
                    self._files.call_s3(
                        "abort_multipart_upload", Bucket=self.bucket, Key=one["Key"], UploadId=one["UploadId"]
                    )
                    removed += 1
        except (OSError, BotoCoreError) as error:
            raise ArchiveError(f"unfinished uploads cannot be removed: {_said(error)}") from error
        return removed

    def check(self) -> None:
        """See `Place`."""
        try:
            self._files.call_s3("head_bucket", Bucket=self.bucket)
        except (OSError, BotoCoreError) as error:
            raise ArchiveError(f"the archive's bucket does not answer: {_said(error)}") from error

    def _told(self, key: Key, read: Callable[[], T]) -> T:
        try:
            return read()
        except FileNotFoundError as error:
            raise NotArchived(f"{key.object_id}/{key.name} is not archived") from error
        except (OSError, BotoCoreError) as error:
            if _code(error) in ("404", "NoSuchKey", "NotFound"):
                raise NotArchived(f"{key.object_id}/{key.name} is not archived") from error
            raise ArchiveError(f"{key.object_id}/{key.name} cannot be read: {_said(error)}") from error

    def _name(self, key: Key) -> str:
        return self._path(f"{UUID(str(key.tenant_id))}/{UUID(str(key.object_id))}/{key.name}")

    def _path(self, path: str) -> str:
        return f"{self.prefix}/{path}" if self.prefix else path


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _code(error: BaseException) -> str:
    """What the store called it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ClientError):
            return str(cause.response.get("Error", {}).get("Code", ""))
        cause = cause.__cause__
    return ""


def _said(error: BaseException) -> str:
    # the store's own words may name keys and hosts
    told = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
    return _code(error) or told or type(error).__name__
