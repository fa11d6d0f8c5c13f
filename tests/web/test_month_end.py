"""Ay sonu: sums per rate as the documents say them, what is apart, and what came after the last export."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import astuple
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy import select, text

from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents import submit
from ebelge.documents.incoming.models import INCOMING_NAME, IncomingDocument
from ebelge.documents.monthly import figures
from ebelge.documents.monthly.figures import Month, Side
from ebelge.documents.submission import Submission
from ebelge.ubl.examples import AKIN, example_json
from ebelge.ubl.names import ALL_ROOTS
from ebelge.ubl.reading import read_tree
from ebelge.ubl.taxes import taxes_of
from ebelge.ubl.type_examples import example
from ebelge.ubl.types import DocumentKind

MONTH = f"{istanbul_date(utc_now()):%Y-%m}"


@pytest.fixture(scope="module")
def bora(world) -> UUID:
    return UUID(world.accounts["bora"].tenant_id)


def month_of(tenant_id: UUID, **asked: Any) -> Month:
    with tenant_session(tenant_id) as session:
        return figures.month(session, tenant_id=tenant_id, first=istanbul_date(utc_now()).replace(day=1), **asked)


def with_otv(body: dict[str, Any]) -> dict[str, Any]:
    body["lines"][0] |= {"other_taxes": [{"code": "0074", "rate": "25"}]}
    return body


def sell(tenant_id: UUID, *lines: tuple[str, str, str], body: dict[str, Any] | None = None, **changes: Any) -> UUID:
    """Accept an invoice with lines of quantity, unit price and rate; returns its id."""
    given = body or example_json(DocumentKind.EFATURA, buyer=AKIN)
    first = given["lines"][0]
    given["lines"] = [
        first | {"quantity": quantity, "unit_price": price, "kdv_rate": rate} for quantity, price, rate in lines
    ]
    at = utc_now()
    facts, (checked,) = submit.check_all([Submission(draft=given | changes)], tenant_id=tenant_id, at=at)
    if isinstance(checked, Exception):
        raise checked
    with tenant_session(tenant_id) as session:
        (made,) = submit.accept(session, tenant=facts, checked=[checked], created_by="key:test", at=at)
        return made.document_id


def returning(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"buyer": example_json(DocumentKind.EFATURA, buyer=AKIN)["buyer"]}


def become(tenant_id: UUID, document_id: UUID, **values: str) -> None:
    """Give a document the state that it has after its journey."""
    settings = ", ".join(f"{name} = :{name}" for name in values)
    with tenant_session(tenant_id) as session:
        session.execute(
            text(
                f"UPDATE document SET signed_sha256 = source_sha256, signed_at = created_at, {settings} "
                "WHERE tenant_id = :t AND document_id = :d"
            ),
            values | {"t": tenant_id, "d": document_id},
        )


def came(tenant_id: UUID, *, kdv: int, base: int, type_code: str = "SATIS") -> None:
    at, document_id, number = utc_now(), new_id(), f"GLN2026{uuid4().int % 10**9:09d}"
    xml = f"<Invoice>{number}</Invoice>".encode()
    open_store().put(tenant_id, document_id, INCOMING_NAME, xml)
    with tenant_session(tenant_id) as session:
        session.add(
            IncomingDocument(
                tenant_id=tenant_id, document_id=document_id, kind="efatura", profile="TEMELFATURA",
                type_code=type_code, ettn=uuid4(), number=number, issue_date=istanbul_date(at),
                sender_vkn_tckn="1234567805", sender_title="Satıcı", sender_alias="urn:mail:gb@satici.example",
                receiver_alias="urn:mail:defaultpk@bora.example", currency="TRY", line_count=1, base_kurus=base,
                kdv_kurus=kdv, other_tax_kurus=0, tevkifat_kurus=0, payable_kurus=base + kdv,
                taxes=[{"code": "0015", "rate": "20.00", "base_kurus": base, "tax_kurus": kdv, "withheld": False}],
                zarf_id=uuid4(), signed_sha256=hashlib.sha256(xml).digest(), file_bytes=len(xml),
                signer_vkn_tckn="1234567805", signer_name="Satıcı", signing_time=at, received_at=at,
            )
        )  # fmt: skip


def added(after: Side, before: Side) -> dict[str, tuple[int, ...]]:
    """Class -> what came to it: count, base, KDV, other taxes, tevkifat, payable."""
    found = {}
    for (of, currency), one in after.sums.items():
        old = astuple(before.sums[of, currency]) if (of, currency) in before.sums else (0,) * 6
        change = tuple(new - known for new, known in zip(astuple(one), old, strict=True))
        if any(change):
            found[of] = change
    return found


def rates_added(after: Side, before: Side) -> dict[tuple[str, str, str, bool], tuple[int, int]]:
    old = {(one.of, one.code, one.rate, one.withheld): (one.base_kurus, one.tax_kurus) for one in before.rates}
    new = {(one.of, one.code, one.rate, one.withheld): (one.base_kurus, one.tax_kurus) for one in after.rates}
    known = {key: (base - old.get(key, (0, 0))[0], tax - old.get(key, (0, 0))[1]) for key, (base, tax) in new.items()}
    return {key: change for key, change in known.items() if any(change)}


def test_sums_per_rate_are_exact_and_returns_cancellations_and_objections_stand_apart(bora: UUID) -> None:
    before = month_of(bora)
    sell(bora, ("3", "33.33", "20"), ("1", "10.01", "10"))  # 99,99 and 10,01: KDV 20,00 and 1,00
    sell(bora, ("1", "1000.00", "20"), body=returning(example("TEMELFATURA", "TEVKIFAT")))
    sell(bora, ("1", "50.00", "20"), body=returning(example("TEMELFATURA", "IADE")))
    sell(bora, ("1", "100.00", "20"), body=with_otv(returning(example("TEMELFATURA", "SATIS"))))  # ÖTV 25, KDV of 125
    cancelled, objected = sell(bora, ("1", "7.00", "1")), sell(bora, ("1", "8.00", "20"))
    become(bora, cancelled, state="cancelled")
    become(bora, objected, state="delivered", buyer_answer="rejected")
    refused = sell(bora, ("1", "999.00", "20"))
    become(bora, refused, state="refused")
    came(bora, base=20_000, kdv=4_000), came(bora, base=1_000, kdv=200, type_code="IADE")
    after = month_of(bora)
    assert added(after.outgoing, before.outgoing) == {
        "normal": (3, 121_000, 24_600, 2_500, 18_000, 130_100),
        "return": (1, 5_000, 1_000, 0, 0, 6_000),
        "cancelled": (1, 700, 7, 0, 0, 707),
        "rejected": (1, 800, 160, 0, 0, 960),
    }
    assert rates_added(after.outgoing, before.outgoing) == {
        ("normal", "0015", "20", False): (122_499, 24_500),
        ("normal", "0074", "25", False): (10_000, 2_500),
        ("normal", "0015", "10", False): (1_001, 100),
        ("normal", "606", "90", True): (20_000, 18_000),
        ("return", "0015", "20", False): (5_000, 1_000),
        ("cancelled", "0015", "1", False): (700, 7),
        ("rejected", "0015", "20", False): (800, 160),
    }
    assert added(after.incoming, before.incoming) == {
        "normal": (1, 20_000, 4_000, 0, 0, 24_000), "return": (1, 1_000, 200, 0, 0, 1_200)
    }  # fmt: skip


def test_what_is_written_at_acceptance_is_what_the_backfill_reads_from_the_xml(bora: UUID) -> None:
    with tenant_session(bora) as session:
        rows = session.execute(
            text(
                "SELECT t.*, x.source FROM document_tax t JOIN document_source x "
                "ON x.tenant_id = t.tenant_id AND x.document_id = t.document_id WHERE t.tenant_id = :t"
            ),
            {"t": bora},
        ).all()
    assert rows
    for row in rows:
        read = taxes_of(read_tree(row.source, roots=ALL_ROOTS.keys()))
        told = (row.base_kurus, row.kdv_kurus, row.other_tax_kurus, row.tevkifat_kurus)
        assert told == (read.base_kurus, read.kdv_kurus, read.other_kurus, read.withheld_kurus)
        assert len(row.taxes) == len(read.lines)


def test_a_late_document_is_told_after_the_export_whose_totals_agree_with_its_documents(browser, bora: UUID) -> None:
    ours = sell(bora, ("2", "40.00", "20"))
    became_void = sell(bora, ("1", "5.00", "20"))
    came(bora, base=300, kdv=60)
    one = browser("accountant", "bora")
    got = one.submit("/month-end/export", form="/month-end", month=MONTH, file="xlsx")
    assert got.status_code == 200
    now = month_of(bora)
    book = openpyxl.load_workbook(io.BytesIO(got.get_data()), read_only=True, data_only=True)
    sums = [row for row in book["Summary"].iter_rows(min_row=2, values_only=True) if row[0] == "Outgoing"]
    listed = list(book["Outgoing"].iter_rows(values_only=True))
    payable = listed[0].index("Payable")
    assert round(sum(row[-1] for row in sums) * 100) == round(sum(row[payable] for row in listed[1:]) * 100)
    assert round(sum(row[-1] for row in sums) * 100) == sum(one.payable_kurus for one in now.outgoing.sums.values())
    assert len(listed) - 1 == now.outgoing.count
    assert "Nothing has changed since the last export" in one.text("/month-end")
    sell(bora, ("1", "11.00", "20")), came(bora, base=100, kdv=20)
    become(bora, became_void, state="cancelled")
    page = one.text("/month-end")
    assert "2 documents came (1 outgoing, 1 incoming)" in page
    assert "1 documents are now “Cancelled”" in page
    assert f"/documents/{ours}" in page


def test_the_zip_holds_both_sides_and_its_hash_is_recorded(browser, bora: UUID) -> None:
    sell(bora, ("1", "3.00", "20")), came(bora, base=100, kdv=20)
    one = browser("owner", "bora")
    with tenant_session(bora) as session:  # what other tests signed or received only in the database has no file
        for document_id in session.scalars(
            select(IncomingDocument.document_id).where(IncomingDocument.tenant_id == bora)
        ):
            open_store().put(bora, document_id, INCOMING_NAME, b"<Invoice/>")
        session.execute(
            text("UPDATE document SET state = 'accepted', signed_sha256 = NULL, signed_at = NULL, buyer_answer = NULL "
                 "WHERE tenant_id = :t AND signed_sha256 IS NOT NULL"), {"t": bora},
        )  # fmt: skip
    data = one.submit("/month-end/export", form="/month-end", month=MONTH, file="zip").get_data()
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    now = month_of(bora)
    assert sum(name.startswith("giden/") for name in names) == now.outgoing.count
    assert sum(name.startswith("gelen/efatura/") for name in names) >= 1
    assert hashlib.sha256(data).hexdigest() in one.text("/month-end")


def test_who_is_narrowed_sums_and_hands_out_his_own_series_only(browser, bora: UUID, world) -> None:
    sell(bora, ("1", "3.00", "20"))
    number = month_of(bora).outgoing.count
    assert number > 0
    one = browser("viewer", "bora", series=["XQZ"])
    page = one.text("/month-end")
    assert "has no documents" in page
    assert "There are no exports" not in page
    assert one.get("/month-end?month=x").status_code == 400
    assert one.get("/month-end?month=2026-11&after=x").status_code == 400
    assert browser("viewer", "bora").text(f"/month-end?month={MONTH}&side=in").count("Seller") >= 1
