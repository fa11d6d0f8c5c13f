"""Pages about wrong documents: an incoming invoice rejected, what happened outside recorded, one's own mended."""

from __future__ import annotations

from datetime import time
from hashlib import sha256
from io import BytesIO
from uuid import UUID, uuid4

import pytest

from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents.answers.deadlines import answer_until
from ebelge.documents.incoming.models import INCOMING_NAME, IncomingDocument
from ebelge.documents.travel import mail_again
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import AKIN, BORA, example_json, signatory
from ebelge.ubl.types import DocumentKind
from tests.web.test_documents import send


@pytest.fixture
def came(world) -> UUID:
    """A commercial invoice of Bora's that came in to Akın just now."""
    tenant_id, at, document_id, ettn = UUID(world.accounts["akin"].tenant_id), utc_now(), new_id(), uuid4()
    number = f"BRF2026{document_id.int % 10**9:09d}"
    body = example_json(DocumentKind.EFATURA, buyer=AKIN) | {"profile": "TICARIFATURA"}
    xml = build(
        read_draft(body), supplier=BORA, kind=DocumentKind.EFATURA, number=number, ettn=ettn,
        issue_date=istanbul_date(at), issue_time=time(9, 0), signatory=signatory(BORA),
    )  # fmt: skip
    open_store().put(tenant_id, document_id, INCOMING_NAME, xml)
    with tenant_session(tenant_id) as session:
        session.add(
            IncomingDocument(
                tenant_id=tenant_id, document_id=document_id, kind="efatura", profile="TICARIFATURA", type_code="SATIS",
                ettn=ettn, number=number, issue_date=istanbul_date(at), sender_vkn_tckn=BORA.vkn_tckn,
                sender_title=BORA.name, sender_alias="urn:mail:defaultgb@bora.example",
                receiver_alias="urn:mail:defaultpk@akin.example",
                currency="TRY", line_count=2, base_kurus=0, kdv_kurus=0, other_tax_kurus=0, tevkifat_kurus=0,
                payable_kurus=0, taxes=[], zarf_id=uuid4(), signed_sha256=sha256(xml).digest(), file_bytes=len(xml),
                signer_vkn_tckn=BORA.vkn_tckn, signer_name=BORA.name, signing_time=at, received_at=at,
                answerable_until=answer_until(at, kind="efatura"),
            )
        )  # fmt: skip
    return document_id


def test_an_invoice_is_rejected_with_the_deadline_in_sight(browser, came: UUID) -> None:
    one, path = browser("owner"), f"/incoming/{came}"
    page = one.text(path)
    assert "Your answer is awaited; at the latest" in page
    assert "23:59" in page
    assert str(came) in one.text("/incoming?needs=1")
    refused = one.submit(f"{path}/answer", answer="reject", reason="")
    assert refused.status_code == 400
    assert one.submit(f"{path}/answer", answer="reject", reason="Fiyat yanlış").status_code == 303
    assert "You rejected it" in one.text(path)
    assert "Send the answer" not in one.text(path)
    assert str(came) not in one.text("/incoming?needs=1")
    assert str(came) in one.text("/incoming?answer=rejected&period=month")


def test_a_viewer_sees_the_deadline_and_answers_nothing(browser, came: UUID) -> None:
    one = browser("viewer")
    page = one.text(f"/incoming/{came}")
    assert "Your answer is awaited" in page
    assert "<form" not in page.partition("<h1>")[2].partition("</main>")[0]
    assert one.get(f"/incoming/{came}/answer").headers["Location"].endswith(f"/incoming/{came}#answer")


def test_what_was_taken_over_is_marked_and_found(browser, came: UUID) -> None:
    one = browser("sender")
    assert str(came) in one.text("/incoming?taken=no")
    assert "n=1" in one.submit("/incoming/taken", id=[str(came), str(uuid4())]).headers["Location"]
    assert str(came) not in one.text("/incoming?taken=no")
    assert str(came) in one.text("/incoming?taken=yes")
    assert browser("owner", "bora").submit("/incoming/taken", id=str(came), way="back").status_code == 303
    assert str(came) in one.text("/incoming?taken=yes")
    assert one.get("/incoming/export.csv?taken=yes").get_data(as_text=True).count("BRF2026") >= 1


def test_a_draft_of_a_return_comes_down_as_a_file(browser, came: UUID) -> None:
    got = browser("owner").submit(f"/incoming/{came}/return-draft", **{"return-1": "1"})
    assert got.status_code == 200
    assert got.get_json()["lines"][0]["quantity"] == "1"
    assert "attachment" in got.headers["Content-Disposition"]


def test_what_was_typed_stands_after_a_refusal_and_a_point_parts_thousands(browser, came: UUID) -> None:
    one, path = browser("owner"), f"/incoming/{came}"
    refused = one.submit(f"{path}/return-draft", **{"return-1": "1.000"})
    assert refused.status_code == 400, "a thousand are more than the invoice has"
    assert 'value="1.000"' in refused.get_data(as_text=True)
    given = {"way": "objection", "channel": "kep", "on": "", "paper_number": "12/b", "note": "tutar & KDV"}
    refused = one.submit(f"{path}/records", **given, paper=(BytesIO(b"MZ"), "itiraz.exe"))
    page = refused.get_data(as_text=True)
    assert refused.status_code >= 400
    assert 'value="12/b"' in page and 'value="tutar &amp; KDV"' in page
    assert '<option value="kep" selected>' in page and "<details open>" in page


def test_an_objection_is_recorded_with_its_paper(browser, came: UUID) -> None:
    one, path = browser("owner"), f"/incoming/{came}"
    given = {"way": "objection", "channel": "kep", "on": "", "paper_number": "12", "note": "tutar"}
    paper = (BytesIO(b"%PDF-1.7 x"), "itiraz.pdf")
    done = one.submit(f"/incoming/{came}/records", **given, paper=paper)
    assert done.status_code == 303
    page = one.text(path)
    assert "An objection was made, KEP" in page
    assert "/paper" in page


def test_an_own_document_that_is_not_signed_is_withdrawn_there(browser, world) -> None:
    document = send(UUID(world.accounts["akin"].tenant_id), "earsiv", 5)
    one, path = browser("owner"), f"/documents/{document.document_id}"
    assert "Withdraw it" in one.text(path)
    assert one.submit(f"{path}/mistake", way="withdraw", on="").status_code == 303
    assert "There is nothing to be done" in one.text(path)
    refused = one.submit(f"{path}/mistake", way="withdraw", on="")
    assert refused.status_code == 409
    assert 'role="alert"' in refused.get_data(as_text=True)
    own = {"tenant_id": document.tenant_id, "document_id": document.document_id, "at": utc_now()}
    with tenant_session(document.tenant_id) as session:
        with pytest.raises(mail_again.NotMailed):
            mail_again.mail_again(session, **own, recipient="alici@example.com")
        with pytest.raises(InvalidRequest):
            mail_again.mail_again(session, **own, recipient="alici@example.com, b@example.com")
