"""`ebelge demo` as a person runs it: on a narrow and on a wide screen, and where there is no instance."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ebelge.devstack.instance import Instance

EBELGE = str(Path(sys.executable).with_name("ebelge"))


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """A whole instance of its own."""
    with tempfile.TemporaryDirectory(prefix="ebelge-journey-") as folder, Instance(Path(folder) / "var") as running:
        yield running


def demo(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([EBELGE, "demo"], env={**os.environ, **env}, capture_output=True, text=True, timeout=400)


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.parametrize("columns", ["80", pytest.param("120", marks=pytest.mark.rounds)])
def test_every_kind_goes_its_way_and_is_proved_by_others(instance: Instance, columns: str):
    done = demo(instance.variables() | {"COLUMNS": columns})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All is right." in done.stdout
    assert "NO " not in done.stdout
    assert {len(line) for line in done.stdout.splitlines() if len(line) > int(columns)} == set()
    for kind in ("e-Fatura", "e-Arşiv", "e-İrsaliye", "e-Müstahsil"):
        assert kind in done.stdout
    assert re.search(r"e-Fatura, in +AKN\d{13} +[0-9a-f-]{36} +accepted", done.stdout)
    assert re.search(r"e-Arşiv report +part \d+ +[0-9a-f-]{36} +accepted", done.stdout)


def test_where_no_instance_is_described_it_says_what_to_do():
    env = dict.fromkeys(("EBELGE_VAR", "EBELGE_PUBLIC_URL", "EBELGE_GIB_LIVE_URL", "EBELGE_MAIL_PAGE_URL"), "")
    done = demo(env)
    assert done.returncode == 2
    assert "make demo" in done.stderr
    assert "Traceback" not in done.stderr
