"""Where the archive lies and whether its files are sealed, as the environment says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9._/-]{0,200}")


@dataclass(frozen=True)
class ArchiveSettings:
    """A bucket, or without one the folder `Settings.archive_dir`. Without keys the S3 client looks for its own."""

    bucket: str = ""
    prefix: str = ""
    s3_endpoint: str = ""
    s3_region: str = ""
    s3_key: str = ""
    s3_secret: str = field(default="", repr=False)
    encrypted: bool = True


def read(env: Mapping[str, str]) -> tuple[Path, ArchiveSettings]:
    """The folder and the rest. :raises ValueError: naming the variable and the remedy."""
    url, folder = env.get("EBELGE_ARCHIVE_URL", "").strip(), env.get("EBELGE_ARCHIVE_DIR", "").strip()
    encryption = env.get("EBELGE_ARCHIVE_ENCRYPTION", "on")
    if encryption not in ("on", "off"):
        raise ValueError(f"EBELGE_ARCHIVE_ENCRYPTION must be on or off, not {encryption!r}")
    if not url.startswith("s3://"):
        place = url.removeprefix("file://") or folder
        if not place:
            raise ValueError(
                "EBELGE_ARCHIVE_DIR is not set: a folder for signed documents, or EBELGE_ARCHIVE_URL=s3://bucket/path. "
                "`make run` sets it for a local instance."
            )
        return Path(place), ArchiveSettings(encrypted=encryption == "on")
    parts = urlsplit(url)
    bucket, prefix = parts.netloc, parts.path.strip("/")
    if not _BUCKET.fullmatch(bucket) or not _PREFIX.fullmatch(prefix) or ".." in prefix or "//" in prefix:
        raise ValueError("EBELGE_ARCHIVE_URL must be like s3://bucket/prefix, or a folder.")
    key, secret = env.get("EBELGE_ARCHIVE_S3_KEY", ""), env.get("EBELGE_ARCHIVE_S3_SECRET", "")
    if bool(key) != bool(secret):
        raise ValueError("EBELGE_ARCHIVE_S3_KEY and EBELGE_ARCHIVE_S3_SECRET belong together: set both or neither.")
    return Path(folder), ArchiveSettings(
        bucket=bucket,
        prefix=prefix,
        s3_endpoint=env.get("EBELGE_ARCHIVE_S3_ENDPOINT", "").rstrip("/"),
        s3_region=env.get("EBELGE_ARCHIVE_S3_REGION", ""),
        s3_key=key,
        s3_secret=secret,
        encrypted=encryption == "on",
    )
