"""Yeni belge: what is typed is the API's JSON, its figures are the document's, it is sent once, and nothing is lost."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.findings import Finding
from ebelge.core.money import lira_text
from ebelge.documents.drafting import contacts, products, templates
from ebelge.documents.drafting.contacts import ContactData
from ebelge.documents.drafting.drafts import NOTHING, Desk
from ebelge.documents.drafting.products import ProductData
from ebelge.documents.models import Document
from ebelge.documents.numbers import series
from ebelge.ubl.examples import BORA, tckn
from ebelge.web.invoice_form.words import mends
from tenants.texts import acceptances
from tenants.texts.acceptances import Signature
from tests.web.browsers import Browser

HERE = "/documents/new"
LINE = {"name": "Çelik boru & vana", "quantity": "1,5", "unit": "C62", "unit_price": "1.234,56", "kdv_rate": "20"}
BUYER = {"number": "11111111111", "name": "İclal Işık", "city": "İzmir", "district": "Konak"}


def accept_texts(*people: Browser) -> None:
    for one in people:
        with tenant_session(one.tenant_id) as session:
            waiting = acceptances.outstanding(session, tenant_id=one.tenant_id, person_id=one.person_id, at=utc_now())
            seen = [(text.kind, text.text.version) for text in waiting]
            signature = Signature(one.person_id, "tr", "127.0.0.1", "test")
            acceptances.accept(session, tenant_id=one.tenant_id, seen=seen, signature=signature, at=utc_now())


@pytest.fixture(scope="module")
def ayse(browsers) -> Browser:
    """An owner of Akın's who has accepted the texts."""
    one = browsers.sign_in("owner", "akin")
    accept_texts(one)
    return one


def fields(*lines: dict[str, str], buyer: dict[str, str] | None = BUYER, **more: str) -> dict[str, str]:
    """What the form sends."""
    given = {"kind": "auto", "draft_id": str(uuid4()), "tab": str(uuid4()), "revision": "0"}
    given |= {f"buyer.{name}": value for name, value in (buyer or {}).items()}
    for n, line in enumerate(lines or (LINE,)):
        given |= {f"lines[{n}].{name}": value for name, value in line.items()}
    return given | more


def send(one: Browser, given: dict[str, str], path: str = HERE, **more: str) -> Any:
    return one.submit(path, form="/account", **given, **more)


def text_of(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def documents(tenant_id: UUID) -> list[Document]:
    with tenant_session(tenant_id) as session:
        found = session.query(Document).filter(Document.tenant_id == tenant_id).order_by(Document.document_id).all()
        session.expunge_all()
        return found


def the_document(answer: Any, tenant_id: UUID) -> Document:
    assert answer.status_code == 303, text_of(answer)[:3000]
    document_id = UUID(answer.headers["Location"].rpartition("/")[2])
    return next(one for one in documents(tenant_id) if one.document_id == document_id)


def drafts_of(tenant_id: UUID) -> dict[str, tuple[Any, ...]]:
    with role_session("reader") as session:
        run = session.connection().exec_driver_sql
        rows = run(
            "SELECT draft_id::text, revision, content, document_id FROM draft WHERE tenant_id = %s", (tenant_id,)
        )
        return {row[0]: tuple(row[1:]) for row in rows}


@pytest.mark.parametrize("kind", ["auto", "eirsaliye", "emm", "esmm", "x"])
def test_an_empty_form_knows_its_price_and_today(ayse, kind: str) -> None:
    page = ayse.text(f"{HERE}?kind={kind}")
    assert re.search(r"Send<span[^>]*> · 1 kontör · left \d", page)
    assert f'value="{istanbul_date(utc_now()).isoformat()}"' in page


def test_the_figures_of_the_form_are_those_of_the_document(ayse) -> None:
    lines = (
        LINE, {**LINE, "unit_price": "0,333", "quantity": "7", "discounts[0].percent": "12,5", "kdv_rate": "10"},
        {**LINE, "name": "Temizlik", "unit_price": "10000", "withholding_code": "612"},
    )  # fmt: skip
    given = fields(*lines, **{"discounts[0].amount": "10,01", "notes[0]": 'ıİşĞ < > & "'})
    looked = text_of(send(ayse, given, f"{HERE}/check"))
    payable = re.search(r'class="whole"><dt>To be paid</dt><dd>([^<]*)<', looked)
    assert "It keeps GİB's rules" in looked, looked
    document = the_document(send(ayse, given, do="send"), ayse.tenant_id)
    assert payable is not None
    assert payable[1] == f"{lira_text(document.payable_kurus)}\u00a0₺"
    assert (document.kind, document.channel, document.line_count, document.buyer_title) == (
        "earsiv",
        "paper",
        3,
        "İclal Işık",
    )
    assert document.created_by == f"person:{ayse.person_id}"


def test_pressed_twice_it_is_one_document_and_one_charge(ayse) -> None:
    given, before = fields(), len(documents(ayse.tenant_id))
    first = the_document(send(ayse, given, do="send"), ayse.tenant_id)
    for changed in ({}, {"lines[0].unit_price": "999"}, {"tab": str(uuid4())}):
        for do in ("send", "save", "check"):
            again = send(ayse, given | changed, do=do)
            assert (again.status_code, again.headers["Location"]) == (303, f"/documents/{first.document_id}")
    assert "was sent" in text_of(send(ayse, given, f"{HERE}/save"))
    assert ayse.get(f"{HERE}?draft={given['draft_id']}").headers["Location"] == f"/documents/{first.document_id}"
    assert len(documents(ayse.tenant_id)) == before + 1
    with role_session("reader") as session:
        charges = session.connection().exec_driver_sql(
            "SELECT count(*) FROM charge WHERE tenant_id = %s AND charge_id = %s", (ayse.tenant_id, first.document_id)
        )
        assert charges.scalar() == 1


def test_a_registered_buyer_is_known_by_the_number_and_kept_afterwards(ayse) -> None:
    looked = text_of(send(ayse, fields(buyer={"number": BORA.vkn_tckn}), f"{HERE}/check"))
    assert "e-Fatura user, mailbox" in looked
    assert "Still empty" in looked  # while one writes, an empty field is no fault
    assert "buyer.name" in looked
    whole = {"number": BORA.vkn_tckn, "name": BORA.name, "city": BORA.city, "district": BORA.district}
    document = the_document(send(ayse, fields(buyer=whole), do="send", keep_contact="yes"), ayse.tenant_id)
    assert (document.kind, document.channel) == ("efatura", "gib")
    again = text_of(send(ayse, fields(buyer={"number": BORA.vkn_tckn}), do="check"))  # without a script
    assert f'value="{BORA.district}"' in again


def test_a_tax_beside_kdv_is_reckoned_named_and_sent_and_its_faults_stand_at_its_fields(ayse) -> None:
    taxed = LINE | {"other_taxes[0].code": "0074", "other_taxes[0].rate": "6,7"}
    looked = text_of(send(ayse, fields(taxed), f"{HERE}/check"))
    # 1851,84; ÖTV 124,07; KDV 20 % of 1975,91
    for words, amount in (("ÖTV, list IV %6,7", "124,07"), ("KDV %20", "395,18"), ("To be paid", "2.371,09")):
        assert f"<dt>{words}</dt><dd>{amount}\u00a0₺" in looked, looked
    both = taxed | {"other_taxes[0].amount": "5", "other_taxes[1].code": "0075"}
    page = text_of(send(ayse, fields(both), do="check"))
    for n in (0, 1):
        name = f"f-lines-0-other_taxes-{n}-rate"
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-fault"', page), name
    assert the_document(send(ayse, fields(taxed), do="send"), ayse.tenant_id).payable_kurus == 2371_09


def test_findings_stand_beside_their_fields_with_a_button_that_mends(ayse) -> None:
    given = fields(
        {**LINE, "kdv_rate": "0"}, {**LINE, "quantity": "çok"}, buyer=BUYER | {"number": tckn(7), "city": ""}
    )
    page = text_of(send(ayse, given, do="check"))
    for name in ("f-lines-1-quantity", "f-buyer-city"):
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-fault"', page), name
        assert f'id="{name}-fault"' in page
    page = text_of(send(ayse, fields({**LINE, "kdv_rate": "0"}), do="send"))
    assert "lines[0].exemption_code=351" in page, page[-6000:]
    mended = text_of(send(ayse, fields({**LINE, "kdv_rate": "0"}), mend="lines[0].exemption_code=351"))
    assert "It keeps GİB's rules" in mended
    page = text_of(send(ayse, fields({**LINE, "kdv_rate": "18"}), do="check"))
    assert "No rate of KDV is 18 % on this date." in page and "lines[0].kdv_rate=20" in page


@pytest.mark.parametrize(("issued", "rate"), [("2023-07-09", "18"), ("2023-07-10", "20"), ("", "20"), ("dün", "20")])
def test_the_usual_rate_is_that_of_the_day_of_issue(issued: str, rate: str) -> None:
    field = "lines[0].kdv_rate"
    told = Finding(
        rule="EB-KDV-RATE", message_tr="", message_en="", mend_tr="", mend_en="", line=None, path=field,
        severity="warning",
    )  # fmt: skip
    (mend,) = mends(told, field, body={"issue_date": issued}, today=date(2026, 12, 1))
    assert mend.told == f"{field}={rate}"


def test_the_draft_saves_itself_and_another_window_is_told(ayse) -> None:
    given = fields(buyer={"number": "1", "name": "Ağaç & Ürün"})
    saved = send(ayse, given, f"{HERE}/save")
    assert saved.headers["HX-Replace-Url"] == f"{HERE}?draft={given['draft_id']}"
    page = ayse.text(saved.headers["HX-Replace-Url"])
    assert 'value="Ağaç & Ürün"' in page
    assert 'value="1.234,56"' not in page  # a figure is kept plain, shown with a comma
    assert 'value="1234,56"' in page
    other = given | {"tab": str(uuid4()), "revision": "0", "lines[0].name": "Öteki"}
    assert "another window" in text_of(send(ayse, other, f"{HERE}/save"))
    assert send(ayse, other, do="send").status_code == 409
    assert drafts_of(ayse.tenant_id)[given["draft_id"]][1]["draft"]["lines"][0]["name"] == LINE["name"]
    assert send(ayse, other, do="over").status_code == 303
    assert drafts_of(ayse.tenant_id)[given["draft_id"]][1]["draft"]["lines"][0]["name"] == "Öteki"


def test_without_a_script_lines_are_added_and_the_preview_shows_the_document(ayse) -> None:
    page = text_of(send(ayse, fields(LINE, LINE), do="line"))
    assert 'name="lines[2].name"' in page
    assert 'name="lines[3].name"' not in page
    shown = send(ayse, fields(), f"{HERE}/preview")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "Çelik boru & vana" in text_of(shown)


def test_another_tenants_ids_are_nobodys(ayse, browsers) -> None:
    bora = browsers.sign_in("owner", "bora")
    desk = Desk(bora.tenant_id, bora.person_id, whole=True)
    given = fields(buyer={"name": "Gizli Alıcı"})
    send(bora, given, f"{HERE}/save")
    with tenant_session(bora.tenant_id) as session:
        by, at = bora.person_id, utc_now()
        card = contacts.add(
            session,
            tenant_id=bora.tenant_id,
            data=ContactData(vkn_tckn="11111111111", title="Gizli"),
            by=str(by),
            at=at,
        ).contact_id
        product = products.add(
            session, tenant_id=bora.tenant_id, data=ProductData(name="Gizli"), by="", at=at
        ).product_id
        template = templates.add(session, desk=desk, name="Gizli", content={}, summary=NOTHING, by="", at=at)
    for path in (
        f"{HERE}?draft={given['draft_id']}", f"{HERE}?template={template}", f"{HERE}?contact={card}",
        f"/contacts/{card}", f"/products/{product}", f"{HERE}?copies={uuid4()}", f"{HERE}?corrects=x",
        f"{HERE}?returns={uuid4()}",
    ):  # fmt: skip
        assert ayse.get(path).status_code == 404, path
    for path in (f"/contacts/{card}/delete", f"/products/{product}/delete", f"/drafts/{given['draft_id']}/delete",
                 f"/templates/{template}/delete"):  # fmt: skip
        assert ayse.submit(path).status_code == 404, path
    assert bora.get(f"/contacts/{card}").status_code == 200


def test_a_narrowed_member_sends_with_his_series_only(browsers) -> None:
    one = browsers.sign_in("sender", "akin", series=("AKB",))
    accept_texts(one)
    with tenant_session(one.tenant_id) as session:
        series.create(session, tenant_id=one.tenant_id, kind="earsiv", prefix="AKB")
    document = the_document(send(one, fields(), do="send"), one.tenant_id)
    assert document.number.startswith("AKB")
    refused = send(one, fields(series="AKA"), do="send")
    assert refused.status_code in (403, 422), text_of(refused)


def test_texts_that_wait_stop_the_sending_and_keep_the_draft(browsers) -> None:
    one, given = browsers.sign_in("sender", "akin"), fields()
    answer = send(one, given, do="send")
    assert answer.status_code == 403
    assert f"/account/texts?next=/documents/new?draft%3D{given['draft_id']}" in text_of(answer)
    assert given["draft_id"] in drafts_of(one.tenant_id)


@pytest.mark.parametrize(
    "hostile",
    [
        {"lines[99999].name": "x", "lines.name": "x", "lines[0]": "x", "buyer": "x"},
        {"buyer.number[0]": "x", "discounts[0]": "x", "notes.a.b.c.d.e": "x", "payment[0].iban": "x"},
        {
            "lines[0].unit_price": "1e999999",
            "lines[0].quantity": "NaN",
            "exchange_rate": "-1",
            "lines[0].kdv_rate": "∞",
        },
        {"lines[0].name": "\x00\ud800<script>", "kind": "auto", "type_code": "'", "profile": "\u202e"},
        {"kind": "emm", "deductions[0].code": "x", "deductions[1].percent": "x", "farmer[0].name": "x"},
        {"kind": "esmm", "stopaj_rate": "x", "lines[0].gross": "9" * 4000, "kdv_withholding": "x"},
        {"draft_id": "x", "tab": "x", "revision": "9" * 400, "mend": "=" * 9, "corrects": "x"},
    ],
)
def test_hostile_fields_break_nothing(ayse, hostile: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in hostile.items()}
    for path in (HERE, f"{HERE}/save"):
        assert send(ayse, fields() | clean, path).status_code < 500


def test_a_form_of_500_lines_is_sent_and_one_that_is_too_large_refused(ayse) -> None:
    given = fields(*({**LINE, "name": f"Satır {n}", "unit_price": f"{n},07"} for n in range(500)))
    document = the_document(send(ayse, given, do="send"), ayse.tenant_id)
    assert document.line_count == 500
    assert send(ayse, fields(**{"notes[0]": "x" * 3_200_000})).status_code == 413
