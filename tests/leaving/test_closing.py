"""An account leaves: sending ends on its day, the checklist is worked off, everything stays readable."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from ebelge.core.clock import add_months, istanbul_date, istanbul_midnight, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge import archive_files
from ebelge.onboarding import closing
from ebelge.onboarding import closing_checklist as checklist
from ebelge.onboarding.closing import ClosingUnderWay, NotReadyToClose
from ebelge.onboarding.handing_out import MANIFEST, hand_out
from ebelge.onboarding.manifest import check
from tenants import api_keys
from tenants.audit import entries
from tenants.states import NotTheirMove
from tests.leaving.conftest import FIRST, Desk, Handover, Quiet

DENIZ = entries.command("closing", by="Deniz")
NOW = utc_now()
TODAY = istanbul_date(NOW)
AFTER = istanbul_midnight(TODAY + timedelta(days=1))


@pytest.fixture
def account(desk: Desk, handover: Handover) -> UUID:
    """An account that came from elsewhere with two old documents and 500 kontör, its e-Fatura active since."""
    desk.run(desk.plan(handover))
    with role_session("reader") as session:
        tenant_id = session.execute(
            text("SELECT tenant_id FROM tenant WHERE vkn_tckn = :v AND mode = 'live'"), {"v": FIRST}
        ).scalar_one()  # one statement
    with tenant_session(tenant_id) as session:
        session.execute(
            text("UPDATE service SET state = 'active', active_from = '2026-01-01' WHERE service = 'efatura'")
        )
        api_keys.create(session, tenant_id=tenant_id, mode="live", name="ERP", at=NOW)
    return UUID(str(tenant_id))


def begin(tenant_id: UUID, *, mover="staff") -> None:
    with tenant_session(tenant_id) as session:
        closing.begin(
            session, tenant_id=tenant_id, last_day=TODAY, reason="Başka entegratör", mover=mover, actor=DENIZ, at=NOW
        )


def open_steps(tenant_id: UUID, at=AFTER) -> set[str]:
    with tenant_session(tenant_id) as session:
        found = closing.newest(session, tenant_id=tenant_id)
        assert found is not None
        return {one.step for one in checklist.steps(session, closing=found, at=at) if not one.done}


def confirm(tenant_id: UUID, *steps: str) -> None:
    with tenant_session(tenant_id) as session:
        for step in steps:
            closing.confirm(
                session, tenant_id=tenant_id, step=step, done_on=TODAY, paper="2026/17", note="", actor=DENIZ, at=AFTER
            )


def states(tenant_id: UUID) -> tuple[str, str, object]:
    with tenant_session(tenant_id) as session:
        state = session.execute(text("SELECT state FROM tenant")).scalar_one()
        row = session.execute(text("SELECT state, active_until FROM service WHERE service = 'efatura'")).one()
        return state, row.state, row.active_until


def test_the_account_sends_up_to_its_last_day_and_every_step_is_listed(account: UUID) -> None:
    begin(account)
    assert states(account) == ("closing", "closing", TODAY)
    assert open_steps(account, NOW) == {
        "sending_ends", "gib_cancelled", "kontor_settled", "archive_delivered",
    }  # fmt: skip
    assert "sending_ends" not in open_steps(account)


def test_it_closes_when_every_step_is_done_and_stays_readable_for_ten_years(
    account: UUID, desk: Desk, tmp_path: Path
) -> None:
    begin(account)
    with tenant_session(account) as session, pytest.raises(NotReadyToClose) as refused:
        closing.finish(session, tenant_id=account, mover="staff", actor=DENIZ, at=AFTER)
    assert refused.value.extra["steps"] == ["gib_cancelled", "kontor_settled", "archive_delivered"]
    confirm(account, "answers_given", "gib_cancelled", "kontor_settled")
    hand_out(tmp_path / "a.zip", tenant_id=account, archive=desk.archive, actor=DENIZ, at=AFTER, steps=Quiet())
    assert open_steps(account) == set()
    with tenant_session(account) as session:
        done = closing.finish(session, tenant_id=account, mover="staff", actor=DENIZ, at=AFTER)
        assert done.kept_until == add_months(istanbul_date(AFTER), 120)
    assert states(account)[:2] == ("closed", "closed")
    with tenant_session(account) as session:
        assert session.execute(text("SELECT count(*) FROM old_document")).scalar_one() == 2
        assert {key.revoked_at for key in api_keys.keys(session, tenant_id=account)} == {AFTER}
        noted = session.execute(
            text("SELECT action FROM audit_entry WHERE object_kind = 'closing' ORDER BY at, entry_id")
        )
        assert noted.scalars().all() == ["closing.started", *["closing.step_done"] * 3, "closing.done"]


def test_an_archive_handed_out_before_the_last_day_is_not_the_last(account: UUID, desk: Desk, tmp_path: Path) -> None:
    begin(account)
    hand_out(tmp_path / "a.zip", tenant_id=account, archive=desk.archive, actor=DENIZ, at=NOW, steps=Quiet())
    assert "archive_delivered" in open_steps(account)


def test_what_is_called_off_goes_on_as_before(account: UUID) -> None:
    begin(account)
    with tenant_session(account) as session:
        closing.call_off(session, tenant_id=account, mover="tenant", actor=DENIZ, at=NOW)
    assert states(account) == ("active", "active", None)
    begin(account, mover="tenant")
    assert states(account)[0] == "closing"


def test_it_begins_once_and_only_the_operator_finishes(account: UUID) -> None:
    begin(account)
    with pytest.raises(ClosingUnderWay):
        begin(account)
    confirm(account, "answers_given", "gib_cancelled", "kontor_settled", "report_accepted")
    with tenant_session(account) as session, pytest.raises((NotTheirMove, NotReadyToClose)):
        closing.finish(session, tenant_id=account, mover="tenant", actor=DENIZ, at=AFTER)


@pytest.mark.parametrize("step", ["sending_ends", "documents_final", "archive_delivered", "nothing"])
def test_what_the_books_answer_nobody_confirms(account: UUID, step: str) -> None:
    begin(account)
    with pytest.raises(InvalidRequest):
        confirm(account, step)


@pytest.mark.parametrize("days", [-1, 400])
def test_a_last_day_is_neither_over_nor_far_away(account: UUID, days: int) -> None:
    with tenant_session(account) as session, pytest.raises(InvalidRequest):
        closing.begin(
            session, tenant_id=account, last_day=TODAY + timedelta(days=days), reason="x", mover="staff", actor=DENIZ,
            at=NOW,
        )  # fmt: skip


def test_the_archive_holds_every_file_its_list_and_the_journal(account: UUID, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    done = hand_out(path, tenant_id=account, archive=desk.archive, actor=DENIZ, at=NOW, steps=Quiet())
    assert (done.files, done.missing) == (5, ())
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
        listed = archive.read("belgeler.csv").decode("utf-8-sig").splitlines()
        journal = archive.read("kontor.csv").decode("utf-8-sig").splitlines()
        manifest = json.loads(archive.read(MANIFEST))
    assert names[:4] == ["OKUYUN.txt", "belgeler.csv", *[n for n in names if n.startswith("devralinan/")]]
    assert (len(listed), len(journal)) == (3, 3)
    assert manifest["account"]["title"] == "Fırat & Işık Ltd. Şti."
    found = check(path, steps=Quiet())
    assert (found.files, found.wrong, found.manifest_sha256) == (5, (), done.manifest_sha256.hex())
    with pytest.raises(FileExistsError):
        hand_out(path, tenant_id=account, archive=desk.archive, actor=DENIZ, at=NOW, steps=Quiet())


def test_files_of_any_kind_are_handed_out_too_under_names_that_lead_nowhere(
    account: UUID, desk: Desk, tmp_path: Path
) -> None:
    archive_files.take(
        desk.archive, tenant_id=account, name="kira ..; rm -rf (1).txt", chunks=[b"Depo"], kind="contract", note="",
        actor=DENIZ, at=NOW,
    )  # fmt: skip
    path = tmp_path / "a.zip"
    done = hand_out(path, tenant_id=account, archive=desk.archive, actor=DENIZ, at=NOW, steps=Quiet())
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if one.startswith("dosyalar/")]
        assert archive.read(name) == b"Depo"
    assert name.endswith("_kira_.._rm_-rf_1_.txt")
    assert (done.files, done.missing) == (6, ())
    assert check(path, steps=Quiet()).wrong == ()


def test_a_file_that_the_archive_lost_is_named(account: UUID, desk: Desk, tmp_path: Path) -> None:
    key = next(desk.archive.keys(account))
    (desk.archive.root / str(account) / str(key.object_id) / key.name).unlink()
    done = hand_out(tmp_path / "a.zip", tenant_id=account, archive=desk.archive, actor=DENIZ, at=NOW, steps=Quiet())
    assert len(done.missing) == 1
    begin(account)
    assert "archive_delivered" in open_steps(account)


def test_every_tampering_with_a_handed_out_archive_is_found(account: UUID, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    hand_out(path, tenant_id=account, archive=desk.archive, actor=DENIZ, at=NOW, steps=Quiet())
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    victim = next(name for name in files if name.startswith("devralinan/"))

    def again(changed: dict[str, bytes]) -> tuple[str, ...]:
        other = tmp_path / "b.zip"
        with zipfile.ZipFile(other, "w") as archive:
            for name, data in changed.items():
                archive.writestr(name, data)
        return check(other, steps=Quiet()).wrong

    assert again(files) == ()
    assert again(files | {victim: files[victim].replace(b"2025", b"2024", 1)}) == (f"{victim} has changed",)
    assert again({name: data for name, data in files.items() if name != victim}) == (f"{victim} is missing",)
    assert again(files | {"fazla.xml": b"<x/>"}) == ("fazla.xml is not in the manifest",)
    assert again({name: data for name, data in files.items() if name != MANIFEST}) == (f"there is no {MANIFEST}",)
    path.write_bytes(path.read_bytes()[:-100])
    assert check(path, steps=Quiet()).wrong[0].startswith("the ZIP cannot be read")
