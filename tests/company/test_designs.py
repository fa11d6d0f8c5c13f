"""Designs: versions, pictures that are pictures, and old documents that keep their look."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from uuid import uuid4

import pytest

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.ubl import render
from ebelge.ubl.render import Look as Shown
from tenants.audit.entries import command
from tenants.company import designs, pictures
from tenants.company.designs import DesignExists, Look
from tenants.fields import Checks, InvalidFields

STAFF = command("tenants", by="Ayşe")
IBAN = "TR330006100519786457841326"


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\x0b\x61\x57" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )  # fmt: skip


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08\x00\x04\x00\x05\x01\x01\x11\x00\xff\xd9"
)


def create(tenant_id, name="Kurumsal", kind="earsiv", at=None):
    with tenant_session(tenant_id) as session:
        return designs.create(
            session, tenant_id=tenant_id, kind=kind, name=name, actor=STAFF, at=at or utc_now()
        ).design_id  # fmt: skip


def revise(tenant_id, design_id, at=None, *, keep_logo=False, **look):
    with tenant_session(tenant_id) as session:
        return designs.revise(
            session, tenant_id=tenant_id, design_id=design_id, look=Look(**look), keep_logo=keep_logo, actor=STAFF,
            at=at or utc_now(),
        ).version  # fmt: skip


def shown(tenant_id, at, kind="earsiv"):
    with tenant_session(tenant_id) as session:
        found = designs.of_document(session, tenant_id=tenant_id, kind=kind, at=at)
        return None if found is None else (found.version, tuple(found.notes), found.iban, found.logo_type)


def test_an_old_document_keeps_the_look_it_was_accepted_with(open_account) -> None:
    tenant_id, at = open_account().tenant_id, utc_now()
    design_id = create(tenant_id, at=at)
    revise(tenant_id, design_id, at, notes=("Teşekkür ederiz",), iban="TR33 0006 1005 1978 6457 8413 26", logo=png())
    later = at + timedelta(hours=1)
    assert revise(tenant_id, design_id, later, notes=("Yeni",), keep_logo=True) == 2
    other = create(tenant_id, "İkinci", at=later)
    revise(tenant_id, other, later, notes=("Başka",))
    with tenant_session(tenant_id) as session:
        designs.make_default(
            session, tenant_id=tenant_id, design_id=other, actor=STAFF, at=at + timedelta(hours=2)
        )  # fmt: skip
    assert shown(tenant_id, at - timedelta(seconds=1)) is None
    assert shown(tenant_id, at) == (1, ("Teşekkür ederiz",), IBAN, "image/png")
    assert shown(tenant_id, later) == (2, ("Yeni",), None, "image/png")
    assert shown(tenant_id, at + timedelta(hours=3)) == (1, ("Başka",), None, None)
    assert shown(tenant_id, at + timedelta(hours=3), kind="efatura") is None


@pytest.mark.parametrize(
    ("look", "field"),
    [
        ({"logo": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, "logo"),
        ({"logo": b"GIF89a" + b"\0" * 20}, "logo"),
        ({"logo": png() + b"<script>"}, "logo"),
        ({"logo": png(2001, 1)}, "logo"),
        ({"logo": png() + b"\0" * pictures.BYTES_MAX}, "logo"),
        ({"logo": JPEG[:-2]}, "logo"),
        ({"iban": "TR330006100519786457841327"}, "iban"),
        ({"notes": tuple("x" for _ in range(11))}, "notes"),
        ({"notes": ("x" * 501,)}, "notes"),
        ({"notes": ("a\x07b",)}, "notes"),
        ({"bank_name": "x" * 101}, "bank_name"),
    ],
)
def test_what_is_no_picture_account_or_note_is_refused_by_its_field(open_account, look, field) -> None:
    tenant_id = open_account().tenant_id
    design_id = create(tenant_id)
    with pytest.raises(InvalidFields) as refused:
        revise(tenant_id, design_id, **look)
    assert list(refused.value.wrong) == [field]
    assert shown(tenant_id, utc_now()) is None


def test_pictures_tell_their_size() -> None:
    for data, size in ((png(3, 4), (3, 4)), (JPEG, (5, 4))):
        picture = pictures.read(check := Checks(), "logo", data)
        assert picture is not None, check.wrong
        assert (picture.width, picture.height) == size


@pytest.mark.parametrize("cut", range(0, len(JPEG), 3))
def test_a_broken_picture_is_refused_and_never_an_error_of_ours(cut: int) -> None:
    for data in (JPEG[:cut], JPEG[:cut] + b"\xff\xd9", b"\xff\xd8\xff" + b"\xff" * cut + b"\xff\xd9", png()[:cut]):
        pictures.read(Checks(), "logo", data)


def test_a_name_is_one_designs_of_its_kind(open_account) -> None:
    tenant_id = open_account().tenant_id
    create(tenant_id)
    with pytest.raises(DesignExists):
        create(tenant_id)
    assert create(tenant_id, kind="efatura")


def test_the_readable_view_shows_the_look_and_markup_stays_words() -> None:
    from ebelge.ubl.build import build
    from ebelge.ubl.draft import read_draft
    from ebelge.ubl.examples import AKIN, example_json
    from ebelge.ubl.types import DocumentKind, Signatory

    at = utc_now()
    xml = build(
        read_draft(example_json(DocumentKind.EARSIV)), supplier=AKIN, kind=DocumentKind.EARSIV,
        number="AKA2026000000001", ettn=uuid4(), issue_date=istanbul_date(at), issue_time=at.time(),
        signatory=Signatory(AKIN.vkn_tckn, AKIN.title, AKIN.city, AKIN.district, AKIN.country),
    )  # fmt: skip
    plain = render.html(xml)
    look = Shown(notes=("<script>alert(1)</script>",), iban=IBAN, bank_name="Örnek Bankası", logo=png())
    page = render.html(xml, look).decode()
    assert render.html(xml) == plain
    assert page.count("data:image/png;base64,") == 1
    assert "TR33 0006 1005 1978 6457 8413 26" in page
    assert "Örnek Bankası IBAN" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
