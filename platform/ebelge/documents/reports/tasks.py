"""What building and sending a report has to know, read in one transaction; nothing here changes a row."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.documents.models import Document
from ebelge.documents.reports.models import Report, ReportRemark
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.travel.models import ReportLine
from tenants.models import Tenant

_SEAL = text(
    "SELECT o.tenant_id AS operator_id, s.seal_mode FROM tenant t "
    "LEFT JOIN LATERAL operator_of(t.mode) o ON true "
    "LEFT JOIN service s ON s.tenant_id = t.tenant_id AND s.service = 'earsiv' WHERE t.tenant_id = :tenant_id"
)


@dataclass(frozen=True, slots=True)
class LineTask:
    """A document that the report names."""

    document_id: UUID
    kind: str
    ettn: UUID
    signed_at: datetime
    sending: str
    link_token: str


@dataclass(frozen=True, slots=True)
class RemarkTask:
    """A cancellation or an objection that the report names."""

    document_id: UUID
    kind: str
    remark: str
    number: str
    ettn: UUID
    signed_at: datetime | None
    on: date
    way: str
    paper_number: str
    paper_date: date | None
    text: str


@dataclass(frozen=True, slots=True)
class ReportTask:
    """A report, its taxpayer, whose seal signs it, and the operator, who prepares it and signs the messages."""

    report_id: UUID
    state: str
    day: date
    part: int
    tries: int
    mode: str
    taxpayer: str
    owner: SealOwner | None
    operator: SealOwner | None
    lines: tuple[LineTask, ...] = ()
    remarks: tuple[RemarkTask, ...] = ()


def read(session: Session, *, tenant_id: UUID, report_id: UUID, with_lines: bool) -> ReportTask | None:
    """The report as it stands; None if there is none."""
    report = session.get(Report, (tenant_id, report_id))
    if report is None:
        return None
    tenant = session.get_one(Tenant, tenant_id)
    seal = session.execute(_SEAL, {"tenant_id": tenant_id}).one()
    operator = SealOwner(seal.operator_id) if seal.operator_id else None
    owner = operator if seal.seal_mode in (None, "operator") else SealOwner(tenant_id)
    return ReportTask(
        report_id=report_id,
        state=report.state,
        day=report.day,
        part=report.part,
        tries=report.tries,
        mode=tenant.mode,
        taxpayer=tenant.vkn_tckn,
        owner=owner,
        operator=operator,
        lines=_lines(session, tenant_id, report_id) if with_lines else (),
        remarks=_remarks(session, tenant_id, report_id) if with_lines else (),
    )


def _lines(session: Session, tenant_id: UUID, report_id: UUID) -> tuple[LineTask, ...]:
    rows = session.execute(
        select(
            Document.document_id, Document.kind, Document.ettn, Document.signed_at, Document.channel,
            Document.link_token,
        )
        .join(
            ReportLine, (ReportLine.tenant_id == Document.tenant_id) & (ReportLine.document_id == Document.document_id)
        )
        .where(ReportLine.tenant_id == tenant_id, ReportLine.report_id == report_id)
        .order_by(Document.kind, Document.number)
    )  # fmt: skip
    return tuple(
        LineTask(
            row.document_id, row.kind, row.ettn, row.signed_at, "ELEKTRONIK" if row.channel == "mail" else "KAGIT",
            row.link_token,
        )
        for row in rows
    )  # fmt: skip


def _remarks(session: Session, tenant_id: UUID, report_id: UUID) -> tuple[RemarkTask, ...]:
    rows = session.execute(
        select(ReportRemark, Document.kind.label("document_kind"), Document.number, Document.ettn, Document.signed_at)
        .join(
            Document,
            (Document.tenant_id == ReportRemark.tenant_id) & (Document.document_id == ReportRemark.document_id),
        )
        .where(ReportRemark.tenant_id == tenant_id, ReportRemark.report_id == report_id)
        .order_by(ReportRemark.kind, Document.number)
    )
    return tuple(
        RemarkTask(
            remark.document_id, kind, remark.kind, number, ettn, signed_at, remark.day,
            remark.way or "", remark.paper_number or "", remark.paper_date, remark.text,
        )
        for remark, kind, number, ettn, signed_at in rows
    )  # fmt: skip
