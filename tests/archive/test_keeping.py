"""The clock over the archive: documents enter the index, storage is charged once a month, imports are found."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from billing.ledger import balance, lots
from ebelge.archive import search
from ebelge.archive.search import Filters
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.db import fetch, role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.keeping import ledger_files
from ebelge.documents.keeping import sources as archive_sources
from ebelge.documents.keeping.ledger_files import LedgerRefused, LedgerTaken, StorageNotActive
from ebelge.jobs import archive_keeping
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tenants.audit.entries import command
from tests.archive.test_edefter import xml

BY = command("test", by="Derya")


@pytest.fixture
def place(fresh_settings, monkeypatch, tmp_path):
    """A database of its own, and an archive."""
    monkeypatch.setattr(archive_keeping, "open_store", lambda: ArchiveStore(tmp_path / "archive"))
    monkeypatch.setattr(archive_keeping, "_looked", {})
    return ArchiveStore(tmp_path / "archive")


def company(number: int, *, storage: bool = True) -> UUID:
    tenant_id, at = new_id(), utc_now()
    with tenant_session(tenant_id) as session:
        plans = [
            ServicePlan(service=name, active_from=date(2026, 1, 1))
            for name in ("efatura", *(["edefter"] if storage else []))
        ]
        open_tenant(
            session, tenant_id=tenant_id, kind="customer", sandbox=False, services=plans, at=at,
            identity=Identity(vkn_tckn=vkn(number), title=f"Akın {number}", district="Çankaya", city="Ankara"),
        )  # fmt: skip
    return tenant_id


def take(place, tenant_id, name, data):
    return ledger_files.take_in(place, tenant_id=tenant_id, name=name, chunks=[data], note="", actor=BY, at=utc_now())


def grant(tenant_id, kontor):
    at = utc_now()
    with tenant_session(tenant_id) as session:
        lots.grant(
            session, tenant_id=tenant_id, source="payment", source_id=new_id(), kontor=kontor, net_price_kurus=kontor,
            expires_at=at + timedelta(days=90), at=at,
        )  # fmt: skip


def spendable(tenant_id):
    with tenant_session(tenant_id) as session:
        return balance.balance(session, tenant_id=tenant_id, at=utc_now()).spendable


def test_e_defter_files_are_taken_once_bound_to_their_berats_and_never_replaced(place):
    akin, number = company(1), vkn(1)
    first = take(place, akin, f"{number}-202601-Y-000000.xml", xml("Y", "SIG="))
    assert take(place, akin, f"{number}-202601-Y-000000.xml", xml("Y", "SIG=")).file_id == first.file_id
    assert (first.day, first.kind, first.kept_until) == (date(2026, 1, 1), "edefter", date(2036, 12, 31))
    with pytest.raises(LedgerTaken):
        take(place, akin, f"{number}-202601-Y-000000.xml", xml("Y", "OTHER="))
    with pytest.raises(LedgerTaken, match="never together"):
        take(place, akin, f"{number}-202601-Y-000001.xml", xml("Y", "SIG="))
    with pytest.raises(LedgerRefused):
        take(place, akin, f"{vkn(2)}-202601-Y-000000.xml", xml())
    take(place, akin, f"{number}-202601-YB-000000.xml", xml("YB", "B=", repeats="SIG="))
    take(place, akin, f"{number}-202601-K-000000.xml", xml("K", "K="))
    take(place, akin, f"{number}-202601-KB-000000.xml", xml("KB", "B=", repeats="forged="))
    with tenant_session(akin) as session:
        months = ledger_files.months(session, tenant_id=akin, at=utc_now())
        found = search.search(session, tenant_id=akin, filters=Filters(kind="edefter", text="202601 KB")).entries
    assert months[-1].unbound == (f"{number}-202601-KB-000000",)
    assert set(months[-1].missing) == {f"GIB-{number}-202601-{kind}-000000" for kind in ("YB", "KB")}
    assert months[0].month > months[-1].month  # months without any file are told, too
    assert [one.number for one in found] == [f"{number}-202601-KB-000000"]


def test_without_the_service_nothing_is_stored_and_the_service_asks_for_no_seal(place):
    bora = company(3, storage=False)
    with pytest.raises(StorageNotActive):
        take(place, bora, f"{vkn(3)}-202601-Y-000000.xml", xml())
    assert list(place.keys(bora)) == []
    with tenant_session(company(4)) as session:
        rows = fetch(
            session, "SELECT (SELECT count(*) FROM seal) AS seals, state FROM service WHERE service = 'edefter'"
        )
    assert (rows[0].seals, rows[0].state) == (0, "active")


def test_storage_is_charged_once_a_month_by_started_hundred_megabytes_at_the_price_of_that_month(place, monkeypatch):
    akin, bora = company(5), company(6)
    for tenant_id, number in ((akin, 5), (bora, 6)):
        take(place, tenant_id, f"{vkn(number)}-202601-Y-000000.xml", xml("Y", "SIG="))
    monkeypatch.setattr(archive_keeping, "UNIT_BYTES", 100)
    with tenant_session(akin) as session:
        size = session.execute(text("SELECT sum(size_bytes) FROM archive_file")).scalar_one()
    units = -(-int(size) // 100)
    grant(akin, 100)
    later = utc_now() + timedelta(days=62)
    months = 2 if later.month != utc_now().month + 3 else 3
    assert archive_keeping.charge_storage(utc_now()) == 0
    assert archive_keeping.charge_storage(later) >= months - 1
    left = spendable(akin)
    with tenant_session(akin) as session:
        rows = fetch(session, "SELECT month, units, kontor, charge_id FROM storage_month ORDER BY month")
        charged = fetch(session, "SELECT kind, kontor, state FROM charge")
    assert {(row.units, row.kontor) for row in rows} == {(units, units)}
    assert left == 100 - units * len(rows)
    assert {(one.kind, one.kontor, one.state) for one in charged} == {("storage.100mb_month", units, "captured")}
    assert archive_keeping.charge_storage(later) == 0
    assert spendable(akin) == left
    # Bora had no kontör: nothing was entered; what is stored stays; with kontör it is charged
    with tenant_session(bora) as session:
        assert fetch(session, "SELECT 1 FROM storage_month") == []
    assert len(list(place.keys(bora))) == 1
    grant(bora, 1000)
    assert archive_keeping.charge_storage(later) == len(rows)


def test_documents_enter_the_index_by_the_clock_and_an_index_that_is_lost_is_made_anew(place, superuser_rows):
    akin = company(7)
    superuser_rows(akin)
    assert archive_keeping.enter_new(utc_now()) == 1
    assert archive_keeping.enter_new(utc_now()) == 0

    def found():
        with tenant_session(akin) as session:
            return search.search(session, tenant_id=akin, filters=Filters(text="kirazli")).entries

    assert [(one.source, one.number) for one in found()] == [("incoming", "ECE2026000000001")]
    with role_session("owner") as session:
        session.execute(text("ALTER TABLE archive_entry NO FORCE ROW LEVEL SECURITY"))
        session.execute(text("DELETE FROM archive_entry"))
        session.execute(text("ALTER TABLE archive_entry FORCE ROW LEVEL SECURITY"))
    assert found() == ()
    assert archive_keeping.enter_missed(utc_now()) >= 1
    assert len(found()) == 1
    assert archive_sources.reindex(place, tenant_id=akin, at=utc_now()) == 1


def test_documents_of_many_enter_together_each_among_its_own(place, superuser_rows, monkeypatch):
    monkeypatch.setattr(archive_sources, "TOGETHER", 2)
    wanted = {company(8): 1, company(9): 3, company(10): archive_sources.FEW + 1, company(11): 2}
    for tenant_id, count in wanted.items():
        for n in range(1, count + 1):
            superuser_rows(tenant_id, f"ECE202600000000{n}")
    assert archive_keeping.enter_new(utc_now()) == sum(wanted.values())
    for tenant_id, count in wanted.items():
        with tenant_session(tenant_id) as session:
            found = search.search(session, tenant_id=tenant_id, filters=Filters(text="kirazli cikol")).entries
            own = fetch(session, "SELECT document_id FROM incoming_document")
        assert {one.entry_id for one in found} == {row.document_id for row in own}
        assert len(found) == count
    assert archive_keeping.enter_new(utc_now()) == 0


@pytest.fixture
def superuser_rows(place):
    """Call it with a tenant: an incoming document as another area commits it, its file in the archive."""
    from ebelge.documents.incoming.models import INCOMING_NAME

    invoice = (
        '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" '
        'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
        "<cbc:Note>Kirazlı çikolata</cbc:Note></Invoice>"
    ).encode()

    def write(tenant_id, number="ECE2026000000001"):
        document_id = new_id()
        place.put(tenant_id, document_id, INCOMING_NAME, invoice)
        with tenant_session(tenant_id) as session:
            fetch(
                session,
                "INSERT INTO incoming_document (tenant_id, document_id, kind, profile, type_code, ettn, number, "
                "issue_date, sender_vkn_tckn, sender_title, sender_alias, receiver_alias, currency, line_count, "
                "base_kurus, kdv_kurus, other_tax_kurus, tevkifat_kurus, payable_kurus, zarf_id, signed_sha256, "
                "file_bytes, signer_vkn_tckn, signer_name, signing_time, received_at) VALUES (%s, %s, 'efatura', "
                "'TEMELFATURA', 'SATIS', %s, %s, '2026-03-01', '9876543217', 'Ece', '', '', 'TRY', 1, "
                "1, 0, 0, 0, 1, %s, %s, 1, '', '', now(), now()) RETURNING 1",
                tenant_id, document_id, new_id(), number, new_id(), b"0" * 32,
            )  # fmt: skip

    return write
