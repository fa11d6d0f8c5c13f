"""What a customer brings: checked whole, written once, counted again."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from billing.ledger import balance
from ebelge.core.clock import istanbul_midnight, utc_now
from ebelge.core.db import engine, role_session, tenant_session
from ebelge.core.sheets import Lira
from ebelge.documents.keeping import leftovers
from ebelge.documents.submit import ettn_kind
from ebelge.documents.verify import verify_documents
from ebelge.onboarding.imports.plan import ImportRefused
from ebelge.ubl.examples import vkn
from tenants import locator
from tests.leaving.conftest import FIRST, SECOND, Desk, Handover, old_invoice, payable


def ids() -> dict[str, UUID]:
    with role_session("reader") as session:
        rows = session.execute(text("SELECT vkn_tckn, tenant_id FROM tenant WHERE mode = 'live'"))
        return {row.vkn_tckn: row.tenant_id for row in rows}


def counted(sql: str) -> int:
    with role_session("reader") as session:
        return int(session.execute(text(sql)).scalar_one())


def contents() -> dict[str, str]:
    """A hash of every table."""
    with role_session("reader") as session:
        run = session.connection().exec_driver_sql
        tables = run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").scalars().all()
        return {
            table: hashlib.sha256(
                "\n".join(sorted(run(f"SELECT t::text FROM {table} t").scalars())).encode()
            ).hexdigest()
            for table in tables
            if table != "alembic_version"
        }


def rules(desk: Desk, handover: Handover) -> list[str]:
    return sorted({finding.rule for finding in desk.plan(handover).findings})


def test_everything_comes_in_and_is_counted_again(desk: Desk, handover: Handover) -> None:
    plan = desk.plan(handover)
    assert plan.findings == ()
    found = desk.run(plan)
    assert found == plan.totals()
    here = ids()
    first = here[FIRST]
    with tenant_session(first) as session:
        title = session.execute(text("SELECT title FROM tenant")).scalar_one()
        assert title == "Fırat & Işık Ltd. Şti."
        assert balance.balance(session, tenant_id=first, at=utc_now()).available == 500
        lots = session.execute(
            text("SELECT source, granted, net_price_kurus, expires_at, reason FROM lot ORDER BY granted")
        )
        expires = istanbul_midnight(handover.last_day + timedelta(days=1))
        assert [tuple(row) for row in lots] == [
            ("opening", 100, 0, expires, "import P-2"), ("opening", 400, 12345, expires, "import P-1: Mart paketi")
        ]  # fmt: skip
        services = session.execute(text("SELECT service FROM service WHERE state = 'checklist' ORDER BY 1")).scalars()
        assert services.all() == ["earsiv", "efatura"]
        aliases = session.execute(text("SELECT service, role, alias FROM own_alias")).all()
        assert [tuple(row) for row in aliases] == [("efatura", "GB", "urn:mail:defaultgb@firat.example")]
        year = session.execute(text("SELECT year, first_serial, last_serial FROM series_year")).one()
        assert tuple(year) == (2026, 1413, 1412)
        assert session.execute(text("SELECT count(*) FROM old_document WHERE direction = 'out'")).scalar_one() == 2
        assert locator.locate(session, kind=ettn_kind("live"), key=str(plan.documents.records[0].ettn)) is not None
        contact = session.execute(text("SELECT title, folded_title FROM contact")).one()
        assert tuple(contact) == ("Deniz Lojistik A.Ş.", "DENIZ LOJISTIK A S")
    assert desk.invited == [(first, "irmak@firat.example", "owner"), (here[SECOND], "goksu@goksu.example", "owner")]
    stored = desk.archive.keys(first)
    assert {hashlib.sha256(desk.archive.get(*_parts(key))).digest() for key in stored} == {
        hashlib.sha256(data).digest() for data in handover.documents.values()
    }


def _parts(key):
    return key.tenant_id, key.object_id, key.name


def test_the_same_files_a_second_time_change_nothing(desk: Desk, handover: Handover) -> None:
    desk.run(desk.plan(handover))
    before = contents()
    again = desk.plan(handover)
    assert again.findings == ()
    desk.run(again)
    assert contents() == before
    assert len(desk.invited) == 2


def test_whoever_died_in_the_middle_goes_on_where_he_was(desk: Desk, handover: Handover) -> None:
    class PowerCut(Exception):
        pass

    def dies(_, tenant_id, one) -> None:
        if one.account == SECOND:
            raise PowerCut

    with pytest.raises(PowerCut):
        desk.run(desk.plan(handover), invite=dies)
    assert counted("SELECT count(*) FROM import_run WHERE state = 'running'") == 1
    plan = desk.plan(handover)
    assert plan.findings == ()
    assert desk.run(plan) == plan.totals()
    assert counted("SELECT count(*) FROM lot WHERE source = 'opening'") == 3
    assert counted("SELECT count(*) FROM import_run WHERE state = 'done'") == 1


def test_two_runs_of_one_file_at_once_bring_it_in_once(desk: Desk, handover: Handover) -> None:
    desk.run(desk.plan(handover))  # the accounts are open: parts meet at their marks
    handover.lots.append([FIRST, "P-3", 10, Lira(1_00), handover.last_day, None])
    handover.accounts = []
    handover.documents, handover.people, handover.series = {}, [], []
    handover.control = {"lots": 4, "kontor": 517, "lots_net_kurus": Lira(131_45), "contacts": 1}
    plans = [desk.plan(handover) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(desk.run, plans))
    assert totals == [plans[0].totals()] * 4
    assert counted("SELECT count(*) FROM lot WHERE source = 'opening'") == 4


def test_a_control_total_that_differs_or_is_missing_refuses_everything(desk: Desk, handover: Handover) -> None:
    before = contents()
    handover.control["kontor"] = 508
    del handover.control["people"]
    plan = desk.plan(handover)
    assert [one.message_tr for one in plan.findings] == [
        "Kontrol toplamı eksik: Kişi sayısı (dosyada 2).",
        "Kontrol toplamı tutmuyor: Kontör toplamı 508 yazıyor, dosyada 507 var.",
    ]
    with pytest.raises(ImportRefused):
        desk.run(plan)
    assert contents() == before


def test_a_wrong_row_is_told_and_nothing_is_written(desk: Desk, handover: Handover) -> None:
    before = contents()
    handover.accounts[0][0] = "1234567891"
    handover.lots[0][2] = 0
    plan = desk.plan(handover)
    assert {one.message_tr for one in plan.findings} >= {
        "Hesaplar, satır 2: VKN/TCKN geçerli bir VKN ya da TCKN değil ('1234567891').",
        "Kontör, satır 2: Kalan kontör 1 ile 10000000 arasında bir tam sayı olmalı ('0').",
    }
    with pytest.raises(ImportRefused):
        desk.run(plan)
    assert contents() == before


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda h: h.lots.append([vkn(8009), "P-9", 1, 0, h.last_day, None]), "import.account"),
        (lambda h: h.lots.append(list(h.lots[0])), "import.twice"),
        (lambda h: h.series.append([FIRST, "e-Fatura", "ŞRT", None, None, None, None, None, None]), "import.prefix"),
        (lambda h: h.series.append([FIRST, "e-Fatura", "FRX", None, 12, None, None, None, None]), "import.year"),
        (lambda h: h.people.append([FIRST, "Ece", "ece@x.example", "finance"]), "import.role"),
        (lambda h: h.lots.append([FIRST, "P-8", 1, 0, date(2026, 1, 1), None]), "import.last_day"),
        (lambda h: h.accounts[1].__setitem__(11, FIRST), "import.reseller"),
        (lambda h: h.documents.update({"x.xml": b"<no/>"}), "import.document"),
        (lambda h: h.documents.update({"x.xml": old_invoice(vkn(8099), 1)}), "import.document.account"),
        (lambda h: h.documents.update({"x.xml": h.documents["2025/1.xml"]}), "import.document.twice"),
    ],
)
def test_each_thing_that_cannot_be_is_found(desk: Desk, handover: Handover, change, rule: str) -> None:
    change(handover)
    assert rule in rules(desk, handover)


def test_an_account_that_is_here_already_is_not_opened_again(desk: Desk, handover: Handover) -> None:
    desk.run(desk.plan(handover))
    handover.people[0][1] = "Başka dosya"
    assert rules(desk, handover) == ["import.exists"]


def test_an_ettn_that_is_in_use_elsewhere_is_found(desk: Desk, handover: Handover) -> None:
    taken = desk.plan(handover).documents.records[0].ettn
    with tenant_session(desk.operator) as session:
        locator.put(session, tenant_id=desk.operator, kind=ettn_kind("live"), key=str(taken), object_id=taken)
    assert rules(desk, handover) == ["import.document.taken"]


def test_a_document_between_two_accounts_belongs_to_both(desk: Desk, handover: Handover) -> None:
    xml = old_invoice(FIRST, 3).replace(b">" + _buyer(old_invoice(FIRST, 3)) + b"<", b">" + SECOND.encode() + b"<")
    handover.documents["3.xml"] = xml
    handover.control["documents"] = 4
    handover.control["documents_try_kurus"] = Lira(payable(handover.documents) + payable({"3.xml": xml}))
    plan = desk.plan(handover)
    assert plan.findings == ()
    desk.run(plan)
    assert counted("SELECT count(*) FROM old_document WHERE direction = 'in'") == 1


def test_old_files_are_verified_with_the_rest_and_have_a_row_each(desk: Desk, handover: Handover) -> None:
    desk.run(desk.plan(handover))
    first = ids()[FIRST]
    keys = list(desk.archive.keys(first))
    assert list(leftovers.without_a_row(keys, tenant_id=first)) == []

    def wrong() -> list[str]:
        with engine("reader").connect() as connection, connection.begin():
            return [one.text for one in verify_documents(connection, first, archive=desk.archive)]

    assert wrong() == []
    path = desk.archive.root / str(first) / str(keys[0].object_id) / keys[0].name
    path.chmod(0o600)
    path.write_bytes(b"<changed/>")
    assert [text.split(": ", 1)[1] for text in wrong()] == [
        f"{keys[0].object_id}/imported.xml is not the file that was filed: its SHA-256 differs"
    ]


def _buyer(xml: bytes) -> bytes:
    from ebelge.ubl.parse import parse

    return parse(xml).customer.vkn_tckn.encode()
