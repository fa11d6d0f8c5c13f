"""`ebelge audit`: what it lists, exports and proves, and how it ends; `ebelge verify` proves the logs, too."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs.audit import differences
from tenants.models import Tenant


class Silent:
    """Nobody is told how far it is."""

    def stage(self, text: str, total: int) -> None:
        """Nothing."""

    def advance(self, units: int) -> None:
        """Nothing."""


@pytest.fixture
def run():
    """`run("audit", "list", …)`: the command's outcome."""
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


def test_a_whole_log_is_proved_and_a_changed_one_ends_with_1(run, akin, noted, sealed, intruder) -> None:
    noted(akin)
    sealed(akin)
    whole = run("audit", "verify", "--tenant", akin)
    assert whole.exit_code == 0, whole.output
    assert "1 sealed entries of 1 logs" in whole.stderr
    assert list(differences(Silent(), at=utc_now(), tenant_id=akin, files=False)) == []
    intruder.execute("UPDATE audit_entry SET change = '{}' WHERE tenant_id = %s", (akin,))
    broken = run("audit", "verify", "--tenant", akin)
    assert broken.exit_code == 1
    assert "was changed or moved" in broken.stdout
    (one,) = differences(Silent(), at=utc_now(), tenant_id=akin, files=False)
    assert (one.invariant, one.object) == ("audit", "seal 1")


def test_heads_that_were_kept_show_a_chain_that_was_cut_off(run, akin, noted, sealed, intruder, tmp_path) -> None:
    noted(akin, title="first")
    noted(akin, title="last")
    sealed(akin)
    heads, file = run("audit", "heads"), tmp_path / "heads.json"
    file.write_text(heads.stdout)
    assert json.loads(heads.stdout)["heads"][str(akin)]["version"] == 2
    assert run("audit", "verify", "--tenant", akin, "--heads", file).exit_code == 0
    for table in ("audit_seal", "audit_entry", "audit_detail"):
        intruder.execute(f"DELETE FROM {table} WHERE tenant_id = %s", (akin,))
    assert run("audit", "verify", "--tenant", akin).exit_code == 0
    cut = run("audit", "verify", "--tenant", akin, "--heads", file)
    assert cut.exit_code == 1
    assert "is gone: the chain ends at 0" in cut.stdout
    file.write_text("{}")
    assert run("audit", "verify", "--heads", file).exit_code == 2


def test_an_export_is_written_and_noted(run, akin, noted, tmp_path) -> None:
    at = utc_now()
    with tenant_session(akin) as session:
        session.add(
            Tenant(
                tenant_id=akin,
                kind="customer",
                mode="live",
                state="active",
                vkn_tckn=f"{akin.int % 10**10:010}",
                title="Akın",
                district="x",
                city="x",
                created_at=at,
            )
        )
    noted(akin, title="=1+1")
    vkn, file = f"{akin.int % 10**10:010}", tmp_path / "log.csv"
    done = run("audit", "export", "--tenant", vkn, file, "--by", "Derya")
    assert done.exit_code == 0, done.output
    assert "Unvan: =1+1" in file.read_text(encoding="utf-8-sig")
    listed = run("audit", "list", "--tenant", vkn)
    assert "Exported the audit log  by Derya" in listed.stdout
    assert run("audit", "export", "--tenant", vkn, tmp_path / "log.pdf", "--by", "Derya").exit_code == 2
    assert run("audit", "list", "--action", "nonsense").exit_code == 2
