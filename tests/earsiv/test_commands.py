"""`ebelge report`, the report in the archive's books, and its time stamps."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from ebelge.archive.store import open_store
from ebelge.cli.main import cli
from ebelge.core.db import tenant_session
from ebelge.documents.keeping import leftovers
from ebelge.signing.document import EARSIV_REPORT
from ebelge.signing.xades_levels import verify_levels
from tenants.models import Tenant


@pytest.fixture
def run(desk):
    with tenant_session(desk.world.akin) as session:
        vkn = session.get_one(Tenant, desk.world.akin).vkn_tckn

    def call(action: str, *arguments: str, ok: bool = True):
        done = CliRunner().invoke(cli, ["report", action, vkn, *arguments])
        assert (done.exit_code == 0) is ok, done.output
        return done.output

    return call


def test_a_report_is_built_listed_shown_and_written_by_hand(desk, run, tmp_path):
    desk.send(desk.world.draft("earsiv"))
    assert "waiting    1 documents" in run("list")
    day = desk.today.isoformat()
    assert "building" in run("build", day, "--by", "Test")
    desk.work()
    (report_id,) = desk.report_ids()
    assert f"{day}  accepted   part 1  1 lines, GİB 30  {report_id}" in run("list")
    assert "XAdES-BES" in run("show", str(report_id), "--xml", str(tmp_path / "report.xml"))
    assert (tmp_path / "report.xml").read_bytes() == desk.file(report_id)
    assert "report is accepted" in run("send", str(report_id), "--by", "Test", ok=False)
    run("build", day, "--by", "Test", ok=False)


def test_a_report_that_lost_its_message_goes_on_when_told(desk, run, superuser):
    desk.send(desk.world.draft("earsiv"))
    run("build", desk.today.isoformat(), "--by", "Test")
    superuser.execute("DELETE FROM outbox_message WHERE topic = 'report.build'")
    (report_id,) = desk.report_ids()
    assert "on its way" in run("send", str(report_id), "--by", "Test")
    desk.work()
    assert desk.reports()[0][0] == "accepted"


def test_a_report_is_no_file_without_a_row(desk):
    desk.send(desk.world.draft("earsiv"))
    desk.report()
    keys = list(open_store().keys(desk.world.akin))
    assert "report.xml" in {key.name for key in keys}
    assert list(leftovers.without_a_row(keys, tenant_id=desk.world.akin)) == []


def test_with_a_time_stamping_authority_the_report_is_xades_a(desk, tsa, monkeypatch):
    for name, value in tsa.variables.items():
        monkeypatch.setenv(name, value)
    desk.send(desk.world.draft("earsiv"))
    desk.report()
    assert desk.reports() == [("accepted", 1, 1, 1, False)]
    assert desk.world.rows("SELECT level FROM report WHERE tenant_id = :akin") == [("XAdES-A",)]
    (report_id,) = desk.report_ids()
    proven = verify_levels(desk.file(report_id), trust=None, stamp_trust=tsa.trust, placement=EARSIV_REPORT)
    assert proven.level == "A"


def test_without_an_answer_of_the_authority_the_report_waits(desk, tsa, monkeypatch):
    for name, value in tsa.variables.items():
        monkeypatch.setenv(name, value)
    tsa.order(fail="refuse")
    desk.send(desk.world.draft("earsiv"))
    desk.report()
    assert [row[0] for row in desk.reports()] == ["accepted"]
    assert len(desk.report_ids()) == 1


def test_a_document_is_objected_to_and_cancelled_by_its_number_and_the_audit_names_who(desk):
    earsiv, emm, efatura = desk.send(*(desk.world.draft(kind) for kind in ("earsiv", "emm", "efatura")))
    with tenant_session(desk.world.akin) as session:
        vkn = session.get_one(Tenant, desk.world.akin).vkn_tckn

    def mistake(action: str, document_id, *words: str, code: int = 0) -> str:
        given = ["mistake", action, vkn, desk.number(document_id), *words, "--by", "Deniz"]
        done = CliRunner().invoke(cli, given)
        assert done.exit_code == code, done.output
        return done.output

    assert "KEP KEP-1 entered" in mistake("object", earsiv, "KEP", "KEP-1", "--text", "ayıplı mal")
    mistake("object", earsiv, "NOTER", "2", code=1)
    mistake("object", emm, "KEP", "KEP-3", code=1)
    assert "cancelled" in mistake("cancel", earsiv, "--reason", "Yanlış alıcı")
    assert "cancelled" in mistake("cancel", emm)
    mistake("cancel", emm, code=1)
    mistake("cancel", efatura, code=1)
    noted = desk.world.rows(
        "SELECT e.action, e.actor_id FROM audit_entry e JOIN audit_detail d USING (tenant_id, entry_id) "
        "WHERE e.tenant_id = :akin AND d.value LIKE '%Deniz%' ORDER BY 1"
    )
    assert [tuple(row) for row in noted] == [
        ("document.cancelled", "ebelge mistake cancel"),
        ("document.cancelled", "ebelge mistake cancel"),
        ("document.objected", "ebelge mistake object"),
    ]
    desk.report()
    assert {kind for kind, _ in desk.at_gib()} >= {"faturaIptal", "faturaItiraz", "mustahsilMakbuzIptal"}
