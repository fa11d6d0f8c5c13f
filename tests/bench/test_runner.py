"""`make bench`: one cheap row is measured, kept and shown; figures decide, not wishes. No test looks at speed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.devstack.bench._figures import in_turn, row
from ebelge.devstack.bench._world import open_senders
from ebelge.jobs.audit import differences

FIELDS = ["name", "value", "unit", "against", "limit", "ratio", "reach", "holds"]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ebelge.devstack.bench", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_a_row_is_measured_kept_beside_earlier_ones_and_shown(tmp_path: Path):
    out = tmp_path / "bench.json"
    earlier = row("of_yesterday", 1.0, "ms", against="nothing", limit=2.0, reach="<= 1")
    out.write_text(json.dumps([earlier]), encoding="utf-8")

    run = bench("--name", "sign", "--out", str(out))

    assert run.returncode == 0, run.stderr
    kept = {one["name"]: one for one in json.loads(out.read_text(encoding="utf-8"))}
    assert kept.keys() == {"of_yesterday", "sign", "sign_vs_xmlsec"}
    measured = kept["sign"]
    assert list(measured) == FIELDS
    assert measured["ratio"] == pytest.approx(measured["value"] / measured["limit"], abs=0.01)
    assert measured["holds"] is (measured["ratio"] <= 1.3)
    assert "sign" in run.stdout
    assert measured["reach"] in run.stdout


def test_an_unknown_row_is_refused_with_the_names_there_are():
    run = bench("--name", "juggle")
    assert run.returncode == 1
    for name in ("check", "post_to_signed", "bulk_1000", "many_tenants", "worker_memory", "sign", "mixed_load"):
        assert name in run.stderr


@pytest.mark.parametrize(
    ("value", "limit", "reach", "holds"),
    [
        (15.0, 10.0, "<= 1.5", True),
        (15.1, 10.0, "<= 1.5", False),
        (5.0, 10.0, ">= 0.5", True),
        (9.0, 9.0, "< 1", False),
        (12.9, 10.0, "<= limit + 3", True),
        (13.1, 10.0, "<= limit + 3", False),
    ],
)
def test_a_row_holds_when_its_ratio_is_within_reach(value: float, limit: float, reach: str, holds: bool):
    assert row("any", value, "ms", against="a limit", limit=limit, reach=reach)["holds"] is holds


def test_a_row_that_is_judged_by_the_difference_shows_it():
    assert row("any", 12.5, "ms", against="a limit", limit=10.0, reach="<= limit + 3")["difference"] == 2.5
    assert "difference" not in row("any", 12.5, "ms", against="a limit", limit=10.0, reach="<= 1.5")


def test_steps_take_turns_and_warm_up_once():
    seen: list[str] = []
    times = in_turn(2, 1, lambda: seen.append("value"), lambda: seen.append("limit"))
    assert seen == ["value", "limit"] * 3
    assert [len(one) for one in times] == [2, 2]


class Deaf:
    """Nobody looks at the progress."""

    def stage(self, text: str, total: int) -> None: ...

    def advance(self, units: int) -> None: ...


def test_the_world_of_the_benchmarks_is_one_that_verify_finds_right(fresh_settings: Settings):
    assert len(open_senders(2, kontor=1000)) == 2
    assert [one.text for one in differences(Deaf(), at=utc_now())] == []
