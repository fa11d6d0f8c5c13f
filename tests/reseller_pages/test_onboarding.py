"""A reseller adds customers at the browser: by a form, and by a sheet."""

import io
import itertools
import re
import secrets
from uuid import UUID

import openpyxl
import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import customer_onboarding
from ebelge.notify import post
from ebelge.onboarding.customer_sheet import COLUMNS
from ebelge.outbox import relay
from ebelge.ubl.examples import vkn
from tests.reseller_pages.browsing import PASSWORD, Browser

_numbers = itertools.count(secrets.randbelow(40_000_000))


@pytest.fixture
def ceren(browser):
    return browser("ceren", "reseller_staff")


def company(**changes) -> dict[str, str]:
    number = next(_numbers)
    return {"vkn_tckn": vkn(number), "title": "Işık Ltd.", "district": "Şişli", "city": "İstanbul",
            "owner_email": f"isik{number}@ornek.example"} | changes  # fmt: skip


def book(*rows: dict[str, str]) -> bytes:
    made = openpyxl.Workbook()
    made.active.append([one.name_en for one in COLUMNS])
    for row in rows:
        made.active.append([row.get(one.field) for one in COLUMNS])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def work() -> None:
    with role_session("relay") as session:
        found = relay.claim(session, queue="invoices", limit=50, turns=relay.Turns(), at=utc_now())
    for claim in found:
        if claim.topic == "customers.import":
            customer_onboarding.work(claim)


def upload(browser, data: bytes, *, status: int = 303) -> str:
    return browser.submit("/reseller/import", form="/reseller/import", status=status, file=(io.BytesIO(data), "a.xlsx"))


def test_one_customer_is_added_by_a_form(ceren, world) -> None:
    given = company(language="en", services="efatura")
    path = ceren.submit("/reseller/onboard", form="/reseller/onboard", **given)
    page = ceren.open(path)
    assert "Işık Ltd." in page
    assert "becomes active when its owner accepts" in page
    assert "a moment ago" in ceren.submit(f"{path}/invite", form=path, status=409)
    page = ceren.submit("/reseller/onboard", form="/reseller/onboard", status=409, **given)
    assert path in page
    taken = company(vkn_tckn=world.accounts["akin"].vkn_tckn)
    page = ceren.submit("/reseller/onboard", form="/reseller/onboard", status=409, **taken)
    assert f"/reseller/changes?vkn={taken['vkn_tckn']}" in page
    assert world.accounts["akin"].title not in page


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(ceren) -> None:
    page = ceren.submit(
        "/reseller/onboard", form="/reseller/onboard", status=422, **company(owner_email="kim", city="")
    )
    assert 'id="owner_email-wrong"' in page
    assert 'id="city-wrong"' in page
    assert 'value="Işık Ltd."' in page
    page = ceren.submit("/reseller/onboard", form="/reseller/onboard", status=422, **company(vkn_tckn="123"))
    assert "Take the number from the tax plate." in page and "cell" not in page.split('id="vkn_tckn-wrong"')[1][:300]
    ceren.submit("/reseller/onboard", form="/reseller/onboard", status=422)


def test_a_sheet_is_checked_started_watched_and_its_result_taken(ceren) -> None:
    path = upload(ceren, book(company(), company(), company(vkn_tckn="123")))
    page = ceren.open(path)
    assert "is no valid VKN or TCKN" in page
    assert "Add the good rows only" in page
    assert page.index("is no valid VKN or TCKN") < page.index('class="state wait">Ready')  # what is wrong comes first
    ceren.submit(path, form=path, status=409, whole="1")
    ceren.submit(path, form=path, whole="0")
    assert "renews itself" in ceren.open(path)
    work()
    page = ceren.open(path)
    assert page.count("/reseller/customers/") >= 2
    assert "Done" in page
    result = openpyxl.load_workbook(io.BytesIO(ceren.get(f"{path}/result").get_data()))
    assert [row[1] for row in result.active.iter_rows(values_only=True)] == ["Result", "Added", "Added", "Wrong"]


def test_what_is_no_sheet_is_refused_on_the_page(ceren) -> None:
    for hostile in (b"", b"PK\x03\x04", b"VKN;Unvan"):
        assert "Take the template" in upload(ceren, hostile, status=422)
    assert "At most 2 MB" in upload(ceren, bytes(2 * 1024 * 1024 + 1), status=413)
    template = openpyxl.load_workbook(io.BytesIO(ceren.get("/reseller/import/template").get_data()))
    assert "VKN/TCKN *" in [cell.value for cell in list(template.active.rows)[-1]]


def test_a_sheet_is_its_resellers_own(ceren, browser, app, world) -> None:
    path = upload(ceren, book(company()))
    other = browser("akin", "owner")
    for where in (path, f"{path}/result"):
        other.open(where, status=403)
    ceren.open(re.sub(r"[0-9a-f]{12}$", "0" * 12, path), status=404)


def test_the_owner_accepts_by_mail_and_signs_the_texts_and_then_the_account_is_active(ceren, app) -> None:
    given = company()
    path = ceren.submit("/reseller/onboard", form="/reseller/onboard", **given)
    customer_id = UUID(path.rpartition("/")[2])
    with tenant_session(customer_id) as session:
        letter = post.letters(session, tenant_id=customer_id, kind="member_invited")[-1]
        sent = post.to_send(session, tenant_id=customer_id, letter_id=letter.letter_id)
    link = re.search(r"/invitations/[A-Za-z0-9_-]{43}", sent.text)[0]
    owner = Browser(app.test_client(), ceren.person_id, customer_id)
    assert "Ceren" in owner.open(link)
    owner.submit(f"{link}/new", form=link, full_name="Ece Işık", password=PASSWORD)
    assert "becomes active when its owner accepts" in ceren.open(path)
    texts = re.findall(r'name="seen" value="([^"]+)"', owner.open("/account/texts"))
    assert texts
    owner.submit("/account/texts", form="/account/texts", tenant_id=str(customer_id), seen=texts[:1])
    assert "becomes active when its owner accepts" in ceren.open(path)
    owner.submit("/account/texts", form="/account/texts", tenant_id=str(customer_id), seen=texts[1:])
    page = ceren.open(path)
    assert "Active" in page
    assert "becomes active when its owner accepts" not in page
    assert "invitation waits" in ceren.submit(f"{path}/invite", form=path, status=404)


def test_a_form_without_its_one_file_or_with_a_name_that_cannot_be_shown_is_refused(ceren) -> None:
    ceren.submit("/reseller/import", form="/reseller/import", status=422)
    for name in ("a" * 256 + ".xlsx", "a\u202excod.xlsx"):
        given = {"file": (io.BytesIO(book(company())), name)}
        assert "file" in ceren.submit("/reseller/import", form="/reseller/import", status=422, **given).casefold()
