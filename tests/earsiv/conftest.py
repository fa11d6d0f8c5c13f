"""A world that reports: Akın's documents, seals, the simulated GİB with its e-Arşiv service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import etree

from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date, istanbul_midnight, utc_now
from ebelge.core.config import settings as current_settings
from ebelge.documents.reports.models import REPORT_NAME
from ebelge.gib.earsiv_lines import SignedFile
from ebelge.gib.earsiv_report import sha256_hex
from ebelge.jobs import report_clock, tasks
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import AKIN, example_json, signatory
from ebelge.ubl.types import DocumentKind
from tests.jobs.conftest import _gib, _mail, _rules_are_loaded, ca, ground, operator_p12, superuser, world
from tests.jobs.world import World
from tests.strangers.gib import Simulator

# The working world of the jobs' tests, as fixtures of this folder.
__all__ = ["_gib", "_mail", "_rules_are_loaded", "ca", "ground", "operator_p12", "superuser", "world"]

NOW = datetime.now(UTC)
URL = "https://belge.example/e/abc"


@pytest.fixture(scope="session")
def seal(ca: DevelopmentCa) -> Pkcs12Seal:
    return Pkcs12Seal.load(ca.issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=NOW), "x")


@pytest.fixture
def gib(_gib: Simulator) -> Simulator:
    """The simulator, remembering nothing of other tests."""
    _gib.control("POST", "reset")
    return _gib


def earsiv_url(simulator: Simulator) -> str:
    return simulator.base_url.removesuffix("/EFaturaMerkez") + "/earsiv"


@pytest.fixture(scope="session")
def signed(seal: Pkcs12Seal) -> Callable[..., SignedFile]:
    """A signed document of Akın's, from a draft."""

    def make(kind: str, number: str, sending: str = "ELEKTRONIK", **changes: Any) -> SignedFile:
        wanted = DocumentKind(kind)
        xml = build(
            read_draft(example_json(wanted) | changes), supplier=AKIN, kind=wanted, number=number, ettn=uuid4(),
            issue_date=NOW.date(), issue_time=clock(10, 15), signatory=signatory(AKIN),
        )  # fmt: skip
        data = sign(xml, seal, at=NOW)
        return SignedFile(data, sha256_hex(data), NOW, sending, URL)

    return make


@pytest.fixture(scope="session")
def report_schema(shared_dir: Path) -> etree.XMLSchema:
    """GİB's own schema of the report."""
    return etree.XMLSchema(file=str(shared_dir / "gib/xsd/earsiv-1.1_6/EArsiv.xsd"))


@dataclass
class Desk:
    """A world whose reports go to the simulated e-Arşiv service."""

    world: World

    @property
    def today(self) -> date:
        return istanbul_date(utc_now())

    def night(self, *, hour: float = 0.5, days: int = 1) -> datetime:
        """An Istanbul hour of tomorrow."""
        return istanbul_midnight(self.today + timedelta(days=days)) + timedelta(hours=hour)

    def send(self, *drafts: dict[str, Any], **wishes: Any) -> list[UUID]:
        """Documents accepted and signed; mails wait."""
        ids = self.world.submit(*drafts, **wishes)
        self.world.work("sign")
        return ids

    def report(self, at: datetime | None = None) -> None:
        """The clock strikes (just after midnight), and the job does what there is."""
        report_clock.open_due(at or self.night())
        self.work()

    def work(self) -> None:
        self.world.settle("invoices")

    def reports(self) -> list[tuple[Any, ...]]:
        return self.world.rows(
            "SELECT state, part, tries, lines, late FROM report WHERE tenant_id = :akin ORDER BY created_at, report_id"
        )

    def report_ids(self) -> list[UUID]:
        sql = "SELECT report_id FROM report WHERE tenant_id = :akin ORDER BY created_at, report_id"
        return [row[0] for row in self.world.rows(sql)]

    def lines(self) -> dict[UUID, tuple[str, UUID | None]]:
        rows = self.world.rows("SELECT document_id, state, report_id FROM report_line WHERE tenant_id = :akin")
        return {row[0]: (row[1], row[2]) for row in rows}

    def at_gib(self) -> list[tuple[str, str]]:
        return [(one["kind"], one["number"]) for one in self.world.gib.control("GET", "report-lines")]

    def order(self, operation: str, do: dict[str, Any], **more: Any) -> None:
        self.world.gib.control("POST", "earsiv-orders", operation=operation, do=do, **more)

    def file(self, report_id: UUID) -> bytes:
        """The report as it lies in the archive."""
        return open_store().get(self.world.akin, report_id, REPORT_NAME)

    def calls(self) -> list[str]:
        return [call["operation"] for call in self.world.gib.control("GET", "calls")]

    def number(self, document_id: UUID) -> str:
        return self.world.document(document_id).number


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("EBELGE_EARSIV_LIVE_URL", earsiv_url(world.gib))
    monkeypatch.setenv("EBELGE_EARSIV_TEST_URL", earsiv_url(world.gib))
    world.gib.control("PUT", "settings", answer_delay_ms=0)
    current_settings.cache_clear()
    tasks.forget()
    return Desk(world)
