"""A file of documents on pages and through the API: uploaded, mapped, priced, sent, and the result taken home."""

from __future__ import annotations

import base64
import io
import re
from uuid import UUID

import pytest

from ebelge.bulk import uploads
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.workbooks import read_workbook
from ebelge.jobs import bulk
from ebelge.outbox import relay
from ebelge.outbox.relay import Turns
from tenants.texts import acceptances
from tenants.texts.acceptances import Signature
from tests.bulk.files import ROW, book
from tests.web.browsers import Browser

HOME = "/documents/bulk"


def work() -> None:
    """What the queue does."""
    while True:
        with role_session("relay") as session:
            claims = relay.claim(session, queue="invoices", limit=50, turns=Turns(), at=utc_now())
        mine = [claim for claim in claims if claim.topic == uploads.TOPIC]
        if not mine:
            return
        for claim in mine:
            bulk.work(claim)


@pytest.fixture
def sender(browser) -> Browser:
    """Somebody of Akın's who may send; the company has accepted the texts in force."""
    one = browser("sender")
    owner = browser("owner").person_id
    with tenant_session(one.tenant_id) as session:
        for person_id in (owner, one.person_id):
            waiting = acceptances.outstanding(session, tenant_id=one.tenant_id, person_id=person_id, at=utc_now())
            seen = [(text.kind, text.text.version) for text in waiting]
            signature = Signature(person_id, "tr", "127.0.0.1", "test")
            acceptances.accept(session, tenant_id=one.tenant_id, seen=seen, signature=signature, at=utc_now())
    return one


def upload(one: Browser, data: bytes, name: str = "ekim.xlsx") -> str:
    """The page of an uploaded file."""
    answer = one.submit(HOME, form=HOME, file=(io.BytesIO(data), name), form_="invoices")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_a_sheet_goes_from_upload_to_numbers_and_its_result(sender) -> None:
    one = sender
    page = upload(one, book(ROW, ROW | {"Belge referansı": "S-2", "Miktar": None}))
    assert 'http-equiv="refresh"' in one.text(page)
    work()
    text = one.text(page)
    assert "Ceren Işık" in text
    assert "Satışlar, row 3: Miktar is needed" in text
    assert "1 kontör" in text
    assert one.submit(f"{page}/send", form=page, whole="1").status_code == 409
    assert one.submit(f"{page}/send", form=page, whole="0").status_code == 303
    work()
    assert re.search(r"/documents/[0-9a-f-]{36}\">AKA", one.text(page))
    (sheet,) = read_workbook(one.get(f"{page}/result").data, rows_max=10)
    assert [row[len(ROW)] for row in sheet.rows] == ["Result", "Sent", "Wrong"]
    assert "ekim.xlsx" in one.text(HOME)


def test_documents_with_warnings_are_told_of_before_they_are_sent(sender) -> None:
    one = sender
    page = upload(one, book(ROW, ROW | {"Belge referansı": "S-2", "KDV %": 21}, ROW | {"Belge referansı": "S-3"}))
    work()
    text = one.text(page)
    assert re.search(r'href="[^"]*state=warned">1 document has warnings</a>: they keep the rules', text)
    assert "No rate of KDV is 21 % on this date." in text
    assert one.text(f"{page}?state=warned").count("<tr><td>") == 1
    assert one.text(f"{page}?state=good").count("<tr><td>") == 3
    assert one.submit(f"{page}/send", form=page, whole="0").status_code == 303
    work()
    text = one.text(page)
    assert "With warnings (1)" in text, "the warnings stay with what was sent"
    assert "they keep the rules" not in text


def test_the_list_says_how_many_of_each_file_were_sent_and_how_many_are_wrong(sender) -> None:
    one = sender
    page = upload(one, book(ROW | {"Belge referansı": "L-1"}, ROW | {"Belge referansı": "L-2", "Miktar": None}))
    work()
    row = next(part for part in one.text(HOME).split("<tr ") if f'href="{page}"' in part)
    assert "2 documents · Wrong 1" in row
    assert one.submit(f"{page}/send", form=page, whole="0").status_code == 303
    work()
    row = next(part for part in one.text(HOME).split("<tr ") if f'href="{page}"' in part)
    assert "Done" in row and "2 documents · Sent 1 · Wrong 1" in row


def test_own_headings_are_mapped_on_the_page(sender) -> None:
    one = sender
    page = upload(one, book({("Kaça" if name == "Birim fiyat" else name): value for name, value in ROW.items()}))
    text = one.text(page)
    assert "Map the columns" in text
    chosen = dict(re.findall(r'name="(column_\w+)">.*?<option selected>([^<]*)<', text))
    assert one.submit(f"{page}/columns", form=page, **chosen).status_code == 409
    assert one.submit(f"{page}/columns", form=page, **chosen, column_unit_price="Kaça").status_code == 303
    work()
    assert "Checked, not sent" in one.text(page)
    assert one.submit(f"{page}/drop", form=page).status_code == 303
    assert "Dropped" in one.text(page)


@pytest.mark.parametrize("data", [b"", b"not a file", b"PK\x03\x04"])
def test_what_cannot_be_read_is_said_on_the_page(sender, data) -> None:
    answer = sender.submit(HOME, form=HOME, file=(io.BytesIO(data), "x.zip"))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_who_only_reads_sends_no_files(browser) -> None:
    assert browser("viewer").get(HOME).status_code == 403


def test_the_api_does_the_same_and_an_idempotent_upload_is_one(app, world) -> None:
    client, account = app.test_client(), world.accounts["akin"]
    headers = {"Authorization": f"Bearer {account.key}", "Accept-Language": "en", "Idempotency-Key": "bulk-1"}
    body = {"file_name": "kasim.xlsx", "file_base64": base64.b64encode(book(ROW, ROW)).decode()}
    first = client.post("/api/v1/bulk-uploads", json=body, headers=headers)
    assert first.status_code == 201
    assert client.post("/api/v1/bulk-uploads", json=body, headers=headers).get_json() == first.get_json()
    path = f"/api/v1/bulk-uploads/{first.get_json()['upload_id']}"
    del headers["Idempotency-Key"]
    assert client.post(f"{path}/send", json={"whole": False}, headers=headers).status_code == 409
    work()
    assert client.get(path, headers=headers).get_json()["kontor"] == 1
    assert client.post(f"{path}/send", json={"whole": True}, headers=headers).get_json()["state"] == "sending"
    work()
    (item,) = client.get(f"{path}/items?state=sent", headers=headers).get_json()["items"]
    assert item["rows"] == [2, 3]
    got = client.get(f"/api/v1/documents/{UUID(item['document_id'])}", headers=headers)
    assert got.get_json()["number"] == item["number"]
    assert client.get(f"{path}/result?form=csv", headers=headers).data.startswith(b"\xef\xbb\xbf")
    bora = {"Authorization": f"Bearer {world.accounts['bora'].key}"}
    assert client.get(path, headers=bora).status_code == 404


def test_a_faulty_row_is_corrected_on_the_page_and_checked_again(sender, browser) -> None:
    one = sender
    faulty = ROW | {"Belge referansı": "D-2", "Miktar": None, "Alıcı ili": "=1+1"}
    second = faulty | {"Mal/hizmet": "-5 derece kap", "Miktar": 1, "Alıcı ili": None}
    page = upload(one, book(ROW | {"Belge referansı": "D-1"}, faulty, second))
    work()
    (there,) = set(re.findall(rf'href="({re.escape(page)}/rows/\d+)"', one.text(page)))
    form = one.text(there)
    assert "Miktar is needed" in form and re.search(r'name="3-quantity" value=""[^>]*aria-invalid="true"', form), form
    assert 'name="0-reference"' not in form
    for who, status in ((browser("owner", "bora"), 404), (browser("viewer"), 403)):
        assert who.get(there).status_code == status
        assert who.submit(there, **{"3-quantity": "9"}).status_code in (status, 403)
    still = one.submit(there, form=page, **{"3-quantity": "üç"})
    assert (still.status_code, "üç" in still.get_data(as_text=True)) == (422, True)
    for wrong in ({"2-quantity": "1"}, {"3-yok": "1"}, {"x-quantity": "1"}, {"3-quantity": "9" * 400}):
        assert one.submit(there, form=page, **wrong).status_code == 400, wrong
    answer = one.submit(there, form=page, **{"3-quantity": "3", "0-buyer_city": "Bursa"})
    assert answer.status_code == 303
    work()
    assert one.get(there).status_code == 409, "it is not faulty any more"
    text = one.text(page)
    assert "Miktar is needed" not in text and "Wrong" not in text and "2 kontör" in text
    (sheet,) = read_workbook(one.get(f"{page}/result").data, rows_max=10)
    heads = sheet.rows[0]
    rows = [dict(zip(heads, row, strict=False)) for row in sheet.rows[1:]]
    assert [(row["Miktar"], row["Alıcı ili"], row["Result"]) for row in rows[1:]] == [
        ("3", "Bursa", "Ready"), (1, None, "Ready"),
    ]  # fmt: skip
    assert one.submit(f"{page}/send", form=page, whole="1").status_code == 303
    work()
    assert one.text(page).count("Sent") >= 2
