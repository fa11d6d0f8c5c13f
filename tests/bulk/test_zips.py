"""A ZIP of XML: every entry a document or the reason why not; what is hostile leaves nothing."""

from __future__ import annotations

import io
import zipfile

import pytest

from ebelge.bulk import zipped as reading
from ebelge.bulk.sheet import UploadRefused
from tests.bulk.conftest import Desk, World
from tests.bulk.files import zipped
from tests.kinds import hostile

XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def test_good_files_wait_and_bad_ones_say_why(desk: Desk, xml_files):
    files = xml_files(2) | {"gizli.xml": XXE, "not.pdf": b"%PDF", "__MACOSX/._x.xml": b"x", "alt/": b""}
    upload = desk.checked(zipped(files), name="ekim.zip")
    items = {item.place: item for item in desk.items(upload)}
    assert {place: item.state for place, item in items.items()} == {
        "fatura-1.xml": "good", "fatura-2.xml": "good", "gizli.xml": "bad", "not.pdf": "bad",
    }  # fmt: skip
    assert items["not.pdf"].findings[0]["rule"] == "zip.no-xml"
    assert items["gizli.xml"].findings
    assert "passwd" not in str(items["gizli.xml"].findings)


def test_what_stands_twice_in_a_file_is_good_once(desk: Desk, xml_files):
    (content,) = xml_files(1).values()
    upload = desk.checked(zipped({f"{n:02}.xml": content for n in range(30)}), name="iki.zip")
    assert desk.progress(upload).good == 1
    assert {item.findings[0]["rule"] for item in desk.items(upload)[1:]} == {"bulk.twice"}


def test_a_bomb_is_not_unpacked(desk: Desk, unchanged, monkeypatch):
    monkeypatch.setattr(reading, "UNPACKED_BYTES_MAX", 6 * 1024 * 1024)
    flat = b"<a>" + b" " * (5 * 1024 * 1024 - 10)
    unchanged(lambda: desk.take(zipped({"1.xml": flat, "2.xml": flat})), UploadRefused)


def test_a_document_that_is_too_large_is_bad_by_itself(desk: Desk, xml_files):
    files = {"a.xml": b" " * (reading.ENTRY_BYTES_MAX + 1)} | xml_files(1)
    assert [item.state for item in desk.items(desk.checked(zipped(files)))] == ["bad", "good"]


def test_too_many_entries_an_empty_and_a_cut_zip_leave_nothing(desk: Desk, unchanged, monkeypatch):
    monkeypatch.setattr(reading, "ENTRIES_MAX", 2)
    unchanged(lambda: desk.take(zipped({f"{n}.xml": b"x" for n in range(3)})), UploadRefused)
    unchanged(lambda: desk.take(zipped({"klasor/": b""})), UploadRefused)
    whole = zipped({"1.xml": b"x" * 5000})
    unchanged(lambda: desk.take(whole[: len(whole) // 2]), UploadRefused)


def test_an_encrypted_zip_is_refused(desk: Desk, unchanged):
    data = bytearray(zipped({"1.xml": b"x"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        data[data.index(mark) + (6 if mark[2] == 3 else 8)] |= 1
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        assert archive.infolist()[0].flag_bits & 1
    unchanged(lambda: desk.take(bytes(data)), UploadRefused)


@pytest.mark.parametrize("name", ["../../etc/passwd.xml", "C:\\windows\\x.xml", "a\x1b[31m.xml", "ü" * 300 + ".xml"])
def test_a_name_is_for_reading_only(desk: Desk, xml_files, name):
    (content,) = xml_files(1).values()
    (item,) = desk.items(desk.checked(zipped({name: content})))
    assert item.state == "good"
    assert item.place.isprintable()
    assert len(item.place) <= reading.NAME_MAX


def test_a_zip_of_hostile_documents_is_told_file_by_file_and_hangs_nothing(desk: Desk, world: World):
    valid = world.xml("efatura")
    files = {f"{n:03}.xml": hurt(valid) for n, hurt in enumerate(hostile.everything().values())}
    small = {name: content for name, content in files.items() if len(content) < 1024 * 1024}
    upload = desk.checked(zipped(small | {"gecerli.xml": valid}))
    assert (desk.state(upload), desk.progress(upload).good) == ("checked", 1)
    assert all(item.findings for item in desk.items(upload) if item.state == "bad")
