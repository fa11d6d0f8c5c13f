"""Files of any kind: what they are by their bytes, hostile names, bombs, a crash between file and row."""

import io
import zipfile

import pytest

from ebelge.archive import files, search
from ebelge.archive.files import FileTooLarge, NotStored
from ebelge.archive.search import Filters
from ebelge.archive.sniffing import FileKindRefused, sniff
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.db import fetch, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents.keeping import leftovers
from ebelge.edge import archive_files
from tenants.audit.entries import command

BY = command("test", by="Derya")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            target.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 x", "application/pdf"), (b"\x89PNG\r\n\x1a\n0", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"<?xml version='1.0'?><a/>", "application/xml"), (b"\xef\xbb\xbf<a xmlns='x'/>", "application/xml"),
        ("Tarih;Tutar\r\n01.01.2026;şöyle".encode(), "text/plain"), ("İzmir".encode("cp1254"), "text/plain"),
        (zipped(a_dot_xml=b"<a/>"), "application/zip"),
        (zipped(xl__workbook_dot_xml=b"<x/>"),
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_bytes_say(data, kind):
    assert sniff(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00\x03", b"\x7fELF\x02", b"#!/bin/sh\nrm -rf /", b"<html><script>alert(1)</script>",
        b"<svg xmlns='x'/>", b"<!DOCTYPE html>", b"PK\x03\x04broken", b"text\x00with nul", b"\x1b[31m",
        zipped(xl__vbaProject_dot_bin=b"x"), zipped(a_dot_exe=b"MZ"), zipped(bomb=b"0" * 5_000_000),
    ],
)  # fmt: skip
def test_what_runs_or_hides_something_is_refused(data):
    with pytest.raises(FileKindRefused):
        sniff(data)


@pytest.mark.parametrize("name", ["", ".", "..", "a\x00b.pdf", "a\nb.pdf", "x" * 201, "/", "‮gpj.exe"])
def test_names_that_cannot_be_shown_are_refused(name):
    with pytest.raises(InvalidRequest):
        files.shown_name(name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\belgeler\\kira sözleşmesi.pdf", "kira sözleşmesi.pdf"),
        (" a.pdf ", "a.pdf"),
    ],
)
def test_of_a_path_the_last_part_is_kept(name, shown):
    assert files.shown_name(name) == shown


def test_what_is_empty_or_too_large_is_refused():
    with pytest.raises(InvalidRequest), files.received([]):
        pass
    with pytest.raises(FileTooLarge), files.received((b"x" * 1000 for _ in range(10)), bytes_max=9999):
        pass


@pytest.fixture
def archive(tmp_path, settings):
    return ArchiveStore(tmp_path / "archive")


def put(archive, tenant_id, name="kira.pdf", data=b"%PDF-1.7 kira", **given):
    return archive_files.take(
        archive, tenant_id=tenant_id, name=name, chunks=[data], kind=given.pop("kind", "contract"),
        note=given.pop("note", "Depo kirası"), actor=BY, at=utc_now(),
    )  # fmt: skip


def test_a_file_is_stored_entered_and_found_and_twice_is_once(archive):
    akin = new_id()
    first, second = put(archive, akin), put(archive, akin)
    assert (first.file_id, first.media_type, first.size_bytes) == (second.file_id, "application/pdf", 13)
    assert archive.get(akin, first.file_id, "file") == b"%PDF-1.7 kira"
    with tenant_session(akin) as session:
        (found,) = search.search(session, tenant_id=akin, filters=Filters(text="depo")).entries
        noted = fetch(session, "SELECT count(*) AS n FROM audit_entry WHERE action = 'archive.file_added'")
    assert (found.entry_id, found.title, noted[0].n) == (first.file_id, "kira.pdf", 1)
    assert first.kept_until.year == first.day.year + 10


def test_a_crash_between_file_and_row_leaves_a_file_that_is_reported_and_the_next_try_adopts(archive):
    akin, data = new_id(), b"%PDF-1.7 kira"
    with files.received([data]) as given:
        file_id = files.file_id_of(akin, "kira.pdf", given.sha256)
        files.store(archive, tenant_id=akin, file_id=file_id, given=given)
    # and here it died
    (left,) = leftovers.without_a_row(archive.keys(akin), tenant_id=akin)
    assert left.object_id == file_id
    assert put(archive, akin).file_id == file_id
    assert list(leftovers.without_a_row(archive.keys(akin), tenant_id=akin)) == []


def test_another_file_in_its_place_is_never_taken_for_it(archive):
    akin, data = new_id(), b"%PDF-1.7 kira"
    with files.received([data]) as given:
        archive.put(akin, files.file_id_of(akin, "kira.pdf", given.sha256), "file", b"something else")
    with pytest.raises(NotStored):
        put(archive, akin)


@pytest.mark.parametrize("wrong", [{"kind": "virus"}, {"note": "x" * 1001}, {"note": "a\x00"}])
def test_a_kind_or_note_that_cannot_be_is_refused(archive, wrong):
    with pytest.raises(InvalidRequest):
        put(archive, new_id(), **wrong)
