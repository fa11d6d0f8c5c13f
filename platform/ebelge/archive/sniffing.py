"""What a file is, by its bytes; names and clients' words are not believed. Pure.

Only kinds that an archive of business papers has; what could run somewhere is not among them.
"""

import io
import zipfile
from collections.abc import Callable
from typing import BinaryIO, Final

from ebelge.core.errors import DomainError

_BEGINNING: Final = 4096
_ZIP_MEMBERS_MAX: Final = 10_000
_MAGICS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_OFFICE: Final[dict[str, str]] = {
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ALLOWED: Final = frozenset(
    {*(kind for _, kind in _MAGICS), *_OFFICE.values(), "application/xml", "application/zip", "text/plain"}
)
# A ZIP member that unpacks to more than this many times its size is a bomb; texts of ledgers reach about 60.
RATIO_MAX: Final = 300
UNPACKED_MAX: Final = 2 * 1024 * 1024 * 1024


class FileKindRefused(DomainError):
    """The file is none of the kinds that are kept, or not what it seems to be."""

    code, http_status = "file_kind_refused", 415
    title_tr, title_en = "Bu dosya türü arşive alınmıyor", "This kind of file is not taken into the archive"
    advice_tr = "PDF, XML, düz metin (CSV), PNG, JPEG, TIFF, XLSX, DOCX ve ZIP alınır."
    advice_en = "PDF, XML, plain text (CSV), PNG, JPEG, TIFF, XLSX, DOCX and ZIP are taken."


def media_type(file: BinaryIO) -> str:
    """The media type of a file that can be sought in; it stands at its beginning afterwards.

    :raises FileKindRefused: not on the list; a ZIP that is broken, a bomb, or holds macros.
    """
    file.seek(0)
    beginning = file.read(_BEGINNING)
    try:
        for magic, kind in _MAGICS:
            if beginning.startswith(magic):
                return kind
        if beginning.startswith(b"PK\x03\x04"):
            return _zip(file)
        return _text(file, beginning)
    finally:
        file.seek(0)


def _text(file: BinaryIO, beginning: bytes) -> str:
    plain = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    is_text = _decodes(file)
    if not is_text:
        raise FileKindRefused("İçeriği tanınmadı.", "Its content is not known.")
    lowered = plain[:1024].lower()
    # What a browser or shell would run is no paper, whatever it is called.
    if plain.startswith(b"#!") or any(mark in lowered for mark in (b"<html", b"<script", b"<!doctype", b"<svg")):
        raise FileKindRefused("Çalıştırılabilir içerik.", "It is something that runs.")
    if plain.startswith(b"<?xml") or (plain.startswith(b"<") and b"xmlns" in plain):
        return "application/xml"
    return "text/plain"


def _decodes(file: BinaryIO) -> bool:
    """UTF-8 or Windows-1254 text: no control characters but those of texts."""
    allowed = set(b"\t\n\r\f")
    while piece := file.read(1024 * 1024):
        if any(byte < 32 and byte not in allowed for byte in piece.translate(None, bytes(range(32, 256)))):
            return False
    return True


def _zip(file: BinaryIO) -> str:
    names = _members(file, lambda archive: [one.filename for one in archive.infolist()])
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".ps1")) for name in names):
        raise FileKindRefused("İçinde makro ya da program var.", "It holds macros or a program.")
    for name, kind in _OFFICE.items():
        if name in names:
            return kind
    return "application/zip"


def _members(file: BinaryIO, read: Callable[[zipfile.ZipFile], list[str]]) -> list[str]:
    """What `read` makes of a ZIP that is no bomb by its own account. :raises FileKindRefused: broken, or a bomb."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if not infos or len(infos) > _ZIP_MEMBERS_MAX:
                raise FileKindRefused("ZIP boş ya da çok dosyalı.", "The ZIP is empty or has too many files.")
            unpacked = sum(one.file_size for one in infos)
            if unpacked > UNPACKED_MAX or any(one.file_size > RATIO_MAX * max(one.compress_size, 100) for one in infos):
                raise FileKindRefused("ZIP açılınca çok büyüyor.", "The ZIP unpacks to far too much.")
            if any(one.flag_bits & 1 for one in infos):
                raise FileKindRefused("ZIP şifreli.", "The ZIP has a password.")
            return read(archive)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise FileKindRefused("ZIP bozuk.", "The ZIP is broken.") from error


def sniff(data: bytes) -> str:
    """`media_type` of bytes."""
    return media_type(io.BytesIO(data))
