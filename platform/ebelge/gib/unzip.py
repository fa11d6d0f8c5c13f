"""Opening a zarf's zip that came from outside: one XML, bounded, no paths, no tricks."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from uuid import UUID

from ebelge.gib.errors import ZarfUnreadable

ZIP_BYTES_MAX = 20 * 1024 * 1024
XML_BYTES_MAX = 50 * 1024 * 1024
# XML with embedded stylesheets shrinks 5 to 30 times; deflate cannot pass 1032.
RATIO_MAX = 250
RATIO_FREE_BYTES = 1024 * 1024

_NAME = re.compile(r"([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\.(xml|XML)")
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class OpenedZip:
    """The one XML file of a zarf's zip."""

    instance_id: UUID
    xml: bytes


def open_zip(data: bytes, *, expected_id: UUID | None = None, xml_bytes_max: int = XML_BYTES_MAX) -> OpenedZip:
    """Read the only file of a zarf's zip, never more than `xml_bytes_max` bytes of it.

    `expected_id` is the id in the zip's own file name, where that is known.
    :raises ZarfUnreadable: with GİB's status for the defect: 1110 no zip, 1130 cannot be opened (broken,
        encrypted, a bomb), 1131 not exactly one file, 1132 not an XML name (a path, another extension),
        1142 the names differ.
    """
    if len(data) > ZIP_BYTES_MAX:
        raise ZarfUnreadable(1130, "Zip çok büyük", f"The zip is larger than {ZIP_BYTES_MAX} bytes")
    if not data.startswith(b"PK"):
        raise ZarfUnreadable(1110, "Dosya zip değil", "The file is not a zip")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) != 1:
                raise ZarfUnreadable(
                    1131,
                    "Zip içinde tek dosya olmalı",
                    f"The zip must hold exactly one file, not {len(entries)}",
                )
            entry = entries[0]
            instance_id = _checked_name(entry, expected_id)
            _check_entry(entry, len(data), xml_bytes_max)
            return OpenedZip(instance_id, _read(archive, entry, xml_bytes_max))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise ZarfUnreadable(1130, "Zip açılamadı", f"The zip cannot be opened: {error}") from error


def _checked_name(entry: zipfile.ZipInfo, expected_id: UUID | None) -> UUID:
    # orig_filename: zipfile rewrites separators and cuts at NUL in `filename`.
    match = _NAME.fullmatch(entry.orig_filename)
    if match is None:
        raise ZarfUnreadable(
            1132,
            "Zip içindeki dosya <zarf kimliği>.xml olmalı",
            "The file in the zip must be named <envelope id>.xml",
        )
    instance_id = UUID(match[1])
    if expected_id is not None and instance_id != expected_id:
        raise ZarfUnreadable(
            1142, "Zip ile içindeki dosyanın adı farklı", "The zip and the file in it have different names"
        )
    return instance_id


def _check_entry(entry: zipfile.ZipInfo, zip_bytes: int, xml_bytes_max: int) -> None:
    if entry.flag_bits & 0x1:
        raise ZarfUnreadable(1130, "Zip şifreli olamaz", "The zip must not be encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ZarfUnreadable(1130, "Zip yöntemi desteklenmiyor", "Only stored and deflated files are allowed")
    if (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000):
        raise ZarfUnreadable(1130, "Zip içinde düz dosya olmalı", "The file in the zip must be a plain file")
    if entry.file_size > xml_bytes_max:
        raise ZarfUnreadable(1130, "Zip içindeki dosya çok büyük", "The file in the zip is too large")
    if entry.file_size > RATIO_FREE_BYTES and entry.file_size > RATIO_MAX * zip_bytes:
        raise ZarfUnreadable(1130, "Sıkıştırma oranı olağan dışı", "The compression ratio is that of a bomb")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, xml_bytes_max: int) -> bytes:
    # Counted while reading: the sizes in the headers are claims.
    chunks, total = [], 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            total += len(chunk)
            if total > xml_bytes_max:
                raise ZarfUnreadable(1130, "Zip içindeki dosya çok büyük", "The file in the zip is too large")
            chunks.append(chunk)
    return b"".join(chunks)
