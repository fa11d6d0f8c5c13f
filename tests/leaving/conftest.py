"""An operator, a reseller, and a workbook as a former integrator hands it over."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.sheet_rows import template
from ebelge.core.sheets import Lira, xlsx_sheets
from ebelge.onboarding.accounts import open_tenant
from ebelge.onboarding.imports import plan as plans
from ebelge.onboarding.imports.perform import carry_out
from ebelge.onboarding.imports.records import CONTROL, SHEETS, PersonRecord
from ebelge.onboarding.imports.totals import NAMES, Totals
from ebelge.ubl.build import build
from ebelge.ubl.examples import AKIN, example_draft, signatory, vkn
from ebelge.ubl.parse import parse
from ebelge.ubl.types import DocumentKind
from tenants.accounts import Identity

FIRST, SECOND = vkn(8001), vkn(8002)


class Quiet:
    """Nobody is told."""

    def stage(self, text: str, total: int) -> None:
        pass

    def advance(self, units: int) -> None:
        pass


@dataclass
class Handover:
    """The workbook and the ZIP, before they are files."""

    last_day: Any
    accounts: list[list[Any]] = field(default_factory=list)
    people: list[list[Any]] = field(default_factory=list)
    series: list[list[Any]] = field(default_factory=list)
    lots: list[list[Any]] = field(default_factory=list)
    contacts: list[list[Any]] = field(default_factory=list)
    control: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    _saved: dict[str, bytes] = field(default_factory=dict)

    def workbook(self) -> bytes:
        """The file; without a change it is the same file again (a workbook bears the time when it was saved)."""
        content = repr([getattr(self, name) for name in (*SHEETS, "control")])
        if content not in self._saved:
            self._saved[content] = self._save()
        return self._saved[content]

    def _save(self) -> bytes:
        rows = {name: getattr(self, name) for name in SHEETS}
        sheets = [
            (titles[0], [template(columns, turkish=True), *rows[name]]) for name, (titles, columns, _) in SHEETS.items()
        ]
        return xlsx_sheets([*sheets, (CONTROL[0], [[NAMES[name][0], value] for name, value in self.control.items()])])

    def zip(self, folder: Path) -> Path | None:
        if not self.documents:
            return None
        path = folder / "belgeler.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.documents.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
        return path


@dataclass
class Desk:
    """Where imports are done: the operator's people."""

    operator: UUID
    archive: ArchiveStore
    folder: Path
    invited: list[tuple[UUID, str, str]] = field(default_factory=list)

    def plan(self, handover: Handover, *, at: datetime | None = None) -> plans.Plan:
        with role_session("reader") as session:
            return plans.make(
                session, workbook=handover.workbook(), documents=handover.zip(self.folder), at=at or utc_now()
            )

    def run(self, plan: plans.Plan, *, invite: Callable[[Session, UUID, PersonRecord], None] | None = None) -> Totals:
        def note(_: Session, tenant_id: UUID, one: PersonRecord) -> None:
            self.invited.append((tenant_id, one.email, one.role))

        return carry_out(
            plan, operator_id=self.operator, archive=self.archive, by="Deniz", now=utc_now, steps=Quiet(),
            invite=invite or note,
        )  # fmt: skip


@pytest.fixture
def desk(fresh_settings: Settings, tmp_path: Path) -> Desk:
    operator = UUID("01a205e0-4ad8-76d1-b5e6-74caede1a401")
    identity = Identity(vkn_tckn=vkn(7001), title="Ebelge A.Ş.", district="Şişli", city="İstanbul")
    with tenant_session(operator) as session:
        open_tenant(session, tenant_id=operator, kind="operator", identity=identity, sandbox=False, at=utc_now())
    return Desk(operator, ArchiveStore(tmp_path / "archive"), tmp_path)


@pytest.fixture
def handover() -> Handover:
    """Two accounts whose totals agree: 2 people, 2 series, 3 lots, 1 contact, 2 old documents."""
    last_day = istanbul_date(utc_now()) + timedelta(days=40)
    found = Handover(last_day)
    found.accounts = [
        [FIRST, "Fırat & Işık Ltd. Şti.", None, None, "Konak", "Atatürk Cad. 1", "Konak", "İzmir", "35000",
         "bilgi@firat.example", None, None, "e-Fatura, e-Arşiv", "urn:mail:defaultgb@firat.example"],
        [SECOND, "Göksu A.Ş.", None, None, None, None, "Çankaya", "Ankara", None, None, None, None, None, None],
    ]  # fmt: skip
    found.people = [
        [FIRST, "Irmak Şen", "irmak@firat.example", "Yetkili"],
        [SECOND, "Göksu Öz", "goksu@goksu.example", "owner"],
    ]
    found.series = [
        [FIRST, "e-Fatura", "FRT", 2026, 1412, None, None, None, "evet"],
        [FIRST, "e-Arşiv", "FRA", None, None, None, None, None, None],
    ]
    found.lots = [
        [FIRST, "P-1", 400, Lira(123_45), last_day, "Mart paketi"],
        [FIRST, "P-2", 100, Lira(0), last_day, None],
        [SECOND, "P-1", 7, Lira(7_00), last_day, None],
    ]
    found.contacts = [
        [FIRST, vkn(8010), "Deniz Lojistik A.Ş.", None, None, None, None, None, None, None, "a@deniz.example", None],
    ]
    found.documents = {"2025/1.xml": old_invoice(FIRST, 1), "2025/2.xml": old_invoice(FIRST, 2)}
    found.control = {
        "accounts": 2, "people": 2, "series": 2, "lots": 3, "kontor": 507, "lots_net_kurus": Lira(130_45),
        "contacts": 1, "documents": 2, "documents_try_kurus": Lira(payable(found.documents)),
    }  # fmt: skip
    return found


def old_invoice(supplier: str, n: int) -> bytes:
    """An invoice as a former integrator kept it."""
    party = replace(AKIN, vkn_tckn=supplier, name="Fırat & Işık Ltd. Şti.")
    return build(
        example_draft(DocumentKind.EFATURA, n=n), supplier=party, kind=DocumentKind.EFATURA,
        number=f"FRT2025{n:09d}", ettn=uuid5(NAMESPACE_URL, f"{supplier}:{n}"), issue_date=date(2025, 3, n),
        issue_time=time(10, 0), signatory=signatory(party),
    )  # fmt: skip


def payable(documents: dict[str, bytes]) -> int:
    """The amount on all of them, in kuruş."""
    return sum(parse(data).payable_kurus for data in documents.values())
