"""A zip from outside is opened only if it is one bounded XML file under its own id."""

from __future__ import annotations

import io
import struct
import zipfile
from uuid import UUID, uuid4

import pytest

from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.unzip import open_zip

ID = UUID("6f4e8a52-6f0f-4a3e-9a60-0c4c3f1f2a11")
NAME = f"{ID}.xml"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = 0o100600) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = method, mode << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped((NAME, b"<a/>")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def corrupted() -> bytes:
    """The content is not what its checksum says."""
    return zipped((NAME, b"<a>bir</a>"), method=zipfile.ZIP_STORED).replace(b"bir", b"iki")


def a_lie_about_its_size() -> bytes:
    """The headers say 10 bytes; the stream goes on for a megabyte."""
    data = bytearray(zipped((NAME, b"a" * 1024 * 1024)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 10)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 1110),
        (b"<a/>", 1110),
        (b"\x1f\x8b" + bytes(100), 1110),
        (b"PK" + bytes(100), 1130),
        (zipped((NAME, b"<a/>"))[:-30], 1130),
        (corrupted(), 1130),
        (encrypted(), 1130),
        (a_lie_about_its_size(), 1130),
        (zipped((NAME, b"<a/>"), method=zipfile.ZIP_LZMA), 1130),
        (zipped((NAME, b"target"), mode=0o120777), 1130),
        (zipped((NAME, bytes(8 * 1024 * 1024))), 1130),
        (zipped(), 1131),
        (zipped((NAME, b"<a/>"), (f"{uuid4()}.xml", b"<a/>")), 1131),
        (zipped((NAME, b"<a/>"), ("__MACOSX/._a", b"")), 1131),
        (zipped((f"../{NAME}", b"<a/>")), 1132),
        (zipped((f"/etc/{NAME}", b"<a/>")), 1132),
        (zipped((f"a\\{NAME}", b"<a/>")), 1132),
        (zipped((f"{ID}.exe", b"<a/>")), 1132),
        (zipped(("fatura.xml", b"<a/>")), 1132),
        (zipped((f"{ID}.xml\n", b"<a/>")), 1132),
    ],
)
def test_a_bad_zip_is_refused_with_gibs_status(data, status):
    with pytest.raises(ZarfUnreadable) as caught:
        open_zip(data)
    assert caught.value.status == status


def test_a_bomb_is_stopped_by_what_it_gives_not_by_what_it_says():
    with pytest.raises(ZarfUnreadable) as caught:
        open_zip(zipped((NAME, b"ab" * 4000)), xml_bytes_max=5000)
    assert caught.value.status == 1130


def test_the_zips_own_name_must_be_its_files():
    with pytest.raises(ZarfUnreadable) as caught:
        open_zip(zipped((NAME, b"<a/>")), expected_id=uuid4())
    assert caught.value.status == 1142


def test_a_good_zip_gives_its_xml():
    opened = open_zip(zipped((NAME, b"<a/>")), expected_id=ID)
    assert (opened.instance_id, opened.xml) == (ID, b"<a/>")
