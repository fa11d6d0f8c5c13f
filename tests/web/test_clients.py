"""Müşterilerim: what waits in each company of a person, read with his own rights and reach there; a click leads in."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.incoming.models import IncomingDocument
from tests.web.test_documents import send


def tenant(browsers, name: str) -> UUID:
    return UUID(browsers.world.accounts[name].tenant_id)


def row(page: str, tenant_id: UUID) -> str:
    """The text of a company's row; "" where it has none."""
    found = re.search(rf'id="to-{tenant_id}".*?</tr>', page, re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split()) if found else ""


def count(tenant_id: UUID, sql: str) -> int:
    with tenant_session(tenant_id) as session:
        return session.scalar(
            text(f"SELECT count(*) FROM document d WHERE d.tenant_id = :t AND {sql}"), {"t": tenant_id}
        )


def incoming_open(tenant_id: UUID) -> int:
    with tenant_session(tenant_id) as session:
        return session.scalar(
            text("SELECT count(*) FROM incoming_document WHERE tenant_id = :t AND answer = 'none' "
                 "AND answerable_until IS NOT NULL"), {"t": tenant_id},
        )  # fmt: skip


def came(tenant_id: UUID, *, due_in: timedelta) -> None:
    """A commercial invoice that may be answered for so long."""
    at = utc_now()
    with tenant_session(tenant_id) as session:
        session.add(
            IncomingDocument(
                tenant_id=tenant_id, document_id=new_id(), kind="efatura", profile="TICARIFATURA", type_code="SATIS",
                ettn=uuid4(), number=f"CLN2026{uuid4().int % 10**9:09d}", issue_date=istanbul_date(at),
                sender_vkn_tckn="1234567805", sender_title="Satıcı", sender_alias="urn:mail:gb@satici.example",
                receiver_alias="urn:mail:defaultpk@bora.example", currency="TRY", line_count=1, base_kurus=0,
                kdv_kurus=0, other_tax_kurus=0, tevkifat_kurus=0, payable_kurus=0, taxes=[], zarf_id=uuid4(),
                signed_sha256=sha256(b"x").digest(), file_bytes=1, signer_vkn_tckn="1234567805", signer_name="Satıcı",
                signing_time=at, received_at=at, answerable_until=at + due_in,
            )
        )  # fmt: skip


@pytest.fixture(scope="module")
def waiting(browsers):
    """Akın: an e-Arşiv and a producer's receipt unsent, another e-Arşiv refused. Bora: an answer due in 30 hours."""
    akin, bora = tenant(browsers, "akin"), tenant(browsers, "bora")
    send(akin, "earsiv", 41), send(akin, "emm", 42)
    refused = send(akin, "earsiv", 43)
    with tenant_session(akin) as session:
        session.execute(
            text(
                "UPDATE document SET state = 'refused', signed_sha256 = source_sha256, signed_at = created_at "
                "WHERE tenant_id = :t AND document_id = :d"
            ),
            {"t": akin, "d": refused.document_id},
        )
    came(bora, due_in=timedelta(hours=30))
    return akin, bora


def test_each_company_tells_what_waits_and_the_nearest_deadline_stands_first(browsers, waiting) -> None:
    akin, bora = waiting
    person_id, email = browsers.person()
    browsers.seat(person_id, "accountant", "akin"), browsers.seat(person_id, "viewer", "bora")
    defne = browsers.enter(person_id, email)
    page = defne.text("/clients")
    assert "1 d 5 h" in row(page, bora)
    unsent = count(akin, "d.state IN ('accepted', 'signed', 'unknown')")
    refused = count(akin, "d.state = 'refused'")
    assert f"{refused} refused or not delivered {unsent} documents not sent yet" in row(page, akin)
    assert page.index(f"to-{bora}") < page.index(f"to-{akin}"), "an answer with a deadline comes before a refusal"
    asked = incoming_open(akin)
    assert (row(defne.text("/clients?need=answers"), akin) == "") == (asked == 0), "other tests may have brought some"
    assert row(defne.text("/clients?q=akin"), akin)
    assert row(defne.text("/clients?q=akin"), bora) == ""
    assert "No company of yours fits" in defne.text("/clients?q=zebra")
    led = defne.submit(
        "/account/companies", form="/clients", tenant_id=str(akin), next="/documents?state=refused&state=undelivered"
    )
    assert led.headers["Location"] == "/documents?state=refused&state=undelivered"
    assert browsers.world.accounts["akin"].title in defne.text(led.headers["Location"])


def test_who_is_narrowed_counts_his_own_series_and_who_sees_no_documents_none(browsers, waiting) -> None:
    akin, bora = waiting
    person_id, email = browsers.person()
    browsers.seat(person_id, "sender", "akin", series=["AKM"]), browsers.seat(person_id, "reseller_staff", "ceren")
    one = browsers.enter(person_id, email)
    page = one.text("/clients")
    mine = count(akin, "d.state IN ('accepted', 'signed', 'unknown') AND d.number LIKE 'AKM%'")
    everybodys = count(akin, "d.state IN ('accepted', 'signed', 'unknown')")
    assert 0 < mine < everybodys
    assert f"0 {mine} documents not sent yet" in row(page, akin)
    ceren = row(page, tenant(browsers, "ceren"))
    assert "documents" not in ceren
    assert "kontör" in ceren
    assert row(page, bora) == "", "not his company"
    sheet = one.get("/clients/sheet").get_data().decode("utf-8-sig")
    assert browsers.world.accounts["akin"].vkn_tckn in sheet
    assert browsers.world.accounts["bora"].vkn_tckn not in sheet


def test_a_company_that_he_lost_is_gone_and_another_is_not_entered(browsers, waiting) -> None:
    akin, bora = waiting
    person_id, email = browsers.person()
    browsers.seat(person_id, "accountant", "akin")
    one = browsers.enter(person_id, email)
    assert row(one.text("/clients"), bora) == ""
    refused = one.submit("/account/companies", form="/clients", tenant_id=str(bora), next="/incoming")
    assert refused.status_code == 404
    with tenant_session(akin) as session:
        session.execute(
            text("UPDATE membership SET ended_at = now() WHERE tenant_id = :t AND person_id = :p"),
            {"t": akin, "p": person_id},
        )
    assert "You work in no company yet" in html.unescape(one.text("/clients"))
