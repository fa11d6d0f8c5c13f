"""Finance's pages of money: statements put to orders by two persons, refunds, revenue, exports with their sums."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from uuid import UUID

import pytest
from openpyxl import load_workbook

from billing.ledger import charges
from billing.reconciliation import revenue
from billing.statements.statement import month as period
from ebelge.core.clock import add_months, istanbul_date, utc_now
from ebelge.core.db import engine, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.money import lira_text
from ebelge.edge import refunds as desk
from ebelge.jobs import bank_files, sales
from ebelge.outbox import relay
from tests.orders import shop
from tests.web.test_finance_pages import bought, kontor_of

IBAN = "TR330006100519786457841326"


@pytest.fixture(scope="module")
def filiz(browsers):
    return browsers.sign_in("finance", "ebelge", name="Filiz Fidan")


@pytest.fixture(scope="module")
def deniz(browsers):
    return browsers.sign_in("finance", "ebelge", name="Deniz Demir")


def posted(who, path: str, name: str, data: bytes, **fields: object):
    page = who.get("/finance/bank")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert token is not None
    return who.client.post(
        path, data={"csrf_token": token[1], "file": (io.BytesIO(data), name), **fields},
        headers={"Accept-Language": "en"}, environ_base={"REMOTE_ADDR": who.address},
    )  # fmt: skip


def lines_of(text: str) -> list[str]:
    return re.findall(r'<tr data-href="/finance/bank/([0-9a-f-]{36})"', text)


def _path(location: str) -> str:
    return location.partition("?")[0].removeprefix("http://localhost")


def taken_in(*, times: int = 1) -> None:
    """What a worker does with the files that wait."""
    with role_session("relay") as session:
        handed = relay.claim(session, queue="invoices", limit=100, turns=relay.Turns(), at=utc_now())
    claims = [one for one in handed if one.topic == bank_files.TOPIC]
    assert len(claims) == 1
    for _ in range(times):
        sales.work(claims)


def statement(*rows: tuple[str, str, str]) -> bytes:
    day = istanbul_date(utc_now()).strftime("%d.%m.%Y")
    told = ["Tarih;Açıklama;Tutar;Dekont No", *(f"{day};{words};{amount};{ref}" for words, amount, ref in rows)]
    return "\r\n".join(told).encode()


def test_hostile_statements_are_refused_in_words_and_an_honest_line_is_put_by_two_persons(
    filiz, deniz
) -> None:  # fmt: skip
    filiz.submit("/finance/bank/accounts", iban=IBAN, bank="Banka", holder="Ebelge")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 20_000_000)
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Document>&b;</Document>'
    answer = posted(filiz, "/finance/bank/import", "e.csv", b" ", iban=IBAN)
    assert (answer.status_code, 'role="alert"' in answer.get_data(as_text=True)) == (422, True)
    for name, data in (("e.xlsx", bomb.getvalue()), ("e.xml", entity), ("e.csv", b"\x00\xff" * 50)):
        there = posted(filiz, "/finance/bank/import", name, data, iban=IBAN).headers["Location"]
        assert "Queued" in filiz.text(there)
        taken_in()
        said = filiz.text(there)
        assert ('role="alert"' in said, "No line was taken" in said, "root:" in said) == (True, True, False), name
    assert lines_of(filiz.text("/finance/bank")) == []

    costly = shop.on_sale(kontor=90_000, bonus=0, net_kurus=5_000_000)
    akin = shop.customer("Havale Yollayan A.Ş.")
    order = shop.order(akin, costly, method="bank")
    data = statement(("HAVALE KIRA", lira_text(order.gross_kurus), "D-771"))
    answer = posted(filiz, "/finance/bank/import", "dekont.csv", data, iban=IBAN)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    file = answer.headers["Location"]
    assert "every 1s" in filiz.text(file) and filiz.get(f"{_path(file)}/progress").headers.get("HX-Refresh") is None
    taken_in(times=2)  # the message came twice
    assert filiz.get(f"{_path(file)}/progress").headers["HX-Refresh"] == "true"
    said = filiz.text(file)
    assert "1 new" in said and "No line was matched by itself" in said
    assert _path(file) in filiz.text("/finance/bank") and "under way" not in filiz.text("/finance/bank")
    assert "known" in posted(filiz, "/finance/bank/import", "again.csv", data, iban=IBAN).headers["Location"]
    (line,) = lines_of(filiz.text("/finance/bank"))
    there = f"/finance/bank/{line}"
    assert filiz.submit(f"{there}/allocate", order_1="KNT-YOK1-00").status_code == 404
    assert filiz.submit(f"{there}/allocate", order_1=order.reference).status_code == 303
    (decision,) = re.findall(r"/decisions/([0-9a-f-]{36})", filiz.text(there))[:1]
    assert "You asked for it; somebody else must approve." in filiz.text(there)
    own = filiz.submit(f"{there}/decisions/{decision}", word="approve")
    assert (own.status_code, "person:" in own.get_data(as_text=True).casefold()) == (409, False), "the same person"
    assert kontor_of(akin) == 0
    assert deniz.submit(f"{there}/decisions/{decision}", word="approve").status_code == 303
    assert kontor_of(akin) == 90_000
    assert "carried out" in filiz.text(there)

    day = istanbul_date(utc_now())
    dollars = f"Tarih;Açıklama;Tutar;Döviz;Dekont No\r\n{day:%d.%m.%Y};USD GELEN;12,50;USD;D-772".encode()
    posted(filiz, "/finance/bank/import", "usd.csv", dollars, iban=IBAN)
    taken_in()
    raw = filiz.get(f"/finance/exports/bank.csv?month={day:%Y-%m}").get_data().decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(raw), delimiter=";"))
    sums = {row[0]: row[1] for row in table[table.index([]) + 1 :]}
    assert (sums["Total: Amount"], sums["Total: Amount (USD)"]) == (
        f"{order.gross_kurus / 100:.2f}".replace(".", ","),
        "12,50",
    )
    states = {row[table[0].index("State")] for row in table[1 : table.index([])]}
    assert states == {"credited", "not matched"}


def test_a_refund_above_the_limit_goes_by_two_persons_and_below_it_by_one(filiz, deniz) -> None:
    akin = shop.customer("İade İsteyen Ltd. Şti.")
    small, large = (bought(akin, shop.on_sale(kontor=kontor, bonus=0, net_kurus=kurus))
                    for kontor, kurus in ((100, 10_000), (60_000, 6_000_000)))  # fmt: skip
    asked = {
        one.order_id: desk.ask(akin, one.order_id, reason="gerek kalmadı", by="person:x") for one in (small, large)
    }
    queue = filiz.text("/finance/refunds?state=awaiting_return_invoice")
    assert all(f"/finance/refunds/{one}" in queue for one in asked.values())

    def state(refund_id: UUID) -> str:
        with role_session("reader") as session:
            wanted = "SELECT state FROM refund WHERE refund_id = %s"
            return session.connection().exec_driver_sql(wanted, (refund_id,)).scalar_one()

    first, second = f"/finance/refunds/{asked[small.order_id]}", f"/finance/refunds/{asked[large.order_id]}"
    assert filiz.submit(f"{first}/confirm", document="GIDER-1").status_code == 303
    assert state(asked[small.order_id]) == "ready"
    assert "second_person" in filiz.submit(f"{second}/confirm", document="GIDER-2").headers["Location"]
    assert filiz.submit(f"{second}/approve", word="approve").status_code == 409
    assert state(asked[large.order_id]) == "awaiting_return_invoice"
    assert deniz.submit(f"{second}/approve", word="approve").status_code == 303
    assert state(asked[large.order_id]) == "ready"


def test_revenue_by_months_is_the_domains_and_exports_end_with_the_sums_of_their_rows(filiz) -> None:
    akin = shop.customer("Gelir Yazan A.Ş.")
    bought(akin, shop.on_sale(kontor=500, bonus=20, net_kurus=50_000))
    charge_id, at = new_id(), utc_now()
    with tenant_session(akin) as session:
        charges.reserve(
            session, tenant_id=akin, charge_id=charge_id, kind="efatura.out", kontor=7,
            price_id=UUID("00000000-0000-7000-8000-000000000001"), reference="AKN2026000000777", at=at,
        )  # fmt: skip
        charges.capture(session, tenant_id=akin, charge_ids=[charge_id], at=at)
    month = istanbul_date(at).replace(day=1)
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    page = filiz.text(f"/finance/revenue?month={month:%Y-%m}")
    with pool.connect() as connection, connection.begin():
        start, end = period(month)
        now = revenue.revenue(connection, start=start, end=end)
        past = revenue.revenue(connection, start=period(add_months(month, -1))[0], end=start)
    assert now.agrees and now.earned > 0
    rows = {row[0]: row[1:] for row in _table(page)}
    shown = [lira_text(kurus) for kurus in (now.sold, now.earned, now.breakage, now.deferred_closing)]
    assert [cell.removesuffix("\xa0₺") for cell in rows[f"{month:%m.%Y}"]] == shown
    assert rows[f"{add_months(month, -1):%m.%Y}"][3].removesuffix("\xa0₺") == lira_text(past.deferred_closing)
    assert f"/finance/why/{akin}/lots/" in filiz.text(f"/finance/revenue/lots?month={month:%Y-%m}&term=earned")
    assert "AKN2026000000777" in filiz.text(f"/finance/why/{akin}/charges/{charge_id}")

    for name, column, total in (("payments", "Amount", "Total: Amount"), ("orders", "Gross", "Total: Gross"),
                                ("revenue", "Earned", "Earned"), ("rollforward", "Consumed", "Consumed")):  # fmt: skip
        raw = filiz.get(f"/finance/exports/{name}.csv?month={month:%Y-%m}").get_data().decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(raw), delimiter=";"))
        gap = table.index([])
        place = table[0].index(column)
        sums = {row[0]: row[1] for row in table[gap + 1 :]}
        assert int(sums["Rows"]) == gap - 1 > 0, name
        assert sum(_kurus(row[place]) for row in table[1:gap]) == _kurus(sums[total]), name
        book = load_workbook(io.BytesIO(filiz.get(f"/finance/exports/{name}.xlsx?month={month:%Y-%m}").get_data()))
        assert book.worksheets[0].max_row == len(table), name
    assert _kurus(sums["Opening"]) + sum(_kurus(sums[name]) for name in table[0][2:]) == _kurus(sums["Closing"])
    totals = filiz.text(f"/finance/exports?month={month:%Y-%m}&kind=payments")
    assert "Total: Amount" in totals


def test_nobody_else_reaches_money_and_an_address_with_nonsense_is_refused_in_words(browser, filiz) -> None:
    owner = browser("owner", "akin")
    for path in (
        "/finance",
        "/finance/payments",
        "/finance/bank",
        "/finance/revenue",
        "/finance/why",
        "/finance/exports",
    ):
        assert owner.get(path).status_code == 403, path
    for path in ("?after=x", "/payments?from=9999-99-99", "/rollforward?month=x", "/rollforward/entries?day=0001-01-01",
                 "/why?q=%00", "/payments?q=%00%27", "/revenue/lots?after=1~2", "/exports/yok.csv"):  # fmt: skip
        assert filiz.get(f"/finance{path}").status_code in (200, 400), path
    sandbox = shop.customer("Deneme Hesabı", sandbox=True)
    assert filiz.get(f"/finance/why/{sandbox}").status_code == 404, "sandboxes never count"


def _table(page: str) -> list[list[str]]:
    body = page.split("<figure", 1)[1].split("</figure>", 1)[0]
    rows = [re.findall(r"<td.*?>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows if row]


def _kurus(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))
