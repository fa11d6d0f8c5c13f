"""A report made: its documents read from the archive, its lines written, sealed, stamped and archived."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from lxml import etree

from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.config import settings
from ebelge.core.trust import trust_settings
from ebelge.documents.reports.models import REPORT_NAME
from ebelge.documents.reports.tasks import RemarkTask, ReportTask
from ebelge.documents.sign import SIGNED_NAME
from ebelge.gib.earsiv_lines import NotReportable, SignedFile, line_of
from ebelge.gib.earsiv_nodes import EARSIV
from ebelge.gib.earsiv_report import Header, build, cancel_line, objection_line, sha256_hex
from ebelge.notify import letters
from ebelge.signing import signer
from ebelge.signing.configured import open_stamper
from ebelge.signing.document import EARSIV_REPORT
from ebelge.signing.names import tax_number
from ebelge.signing.seals import Seal
from ebelge.signing.xades_levels import with_archive_timestamp, with_signature_timestamp

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Built:
    """A report that lies in the archive, and the documents of which no line could be made."""

    sha256: bytes
    level: str
    stuck: tuple[UUID, ...]


def build_report(
    store: ArchiveStore, task: ReportTask, *, tenant_id: UUID, seal: Seal, preparer: Seal, at: datetime
) -> Built | tuple[UUID, ...]:
    """Build, seal and archive; the documents that cannot be reported instead, when there are any: then nothing is made.

    What an earlier attempt archived under this raporNo before it died is taken as it is: its lines are the same.
    :raises ReportInvalid, SealUnusable, NotSignable, ArchiveError, NoTimeStamp, ConfigurationError:
    """
    if store.exists(tenant_id, task.report_id, REPORT_NAME):
        data = store.get(tenant_id, task.report_id, REPORT_NAME)
        return Built(sha256(data).digest(), level_of(data), ())
    stuck: list[UUID] = []
    lines = []
    for line in task.lines:
        try:
            file = _file(store, tenant_id, line.ettn, line.signed_at, line.sending, line.link_token)
            lines.append(line_of(line.kind, file))
        except (NotReportable, ArchiveError) as error:
            log.error("a document cannot be reported", extra={"document_id": str(line.document_id), "why": str(error)})
            stuck.append(line.document_id)
    if stuck:
        return tuple(stuck)
    lines += [_remark(store, tenant_id, remark, at) for remark in task.remarks]
    header = Header(
        taxpayer=task.taxpayer,
        preparer=tax_number(preparer.certificate.subject) or task.taxpayer,
        report_id=task.report_id,
        day=task.day,
        part=task.part,
    )
    data = signer.sign(build(header, lines), seal, at=at, placement=EARSIV_REPORT, assembler=settings().assembler)
    data = _stamped(data, mode=task.mode)
    stored = store.put(tenant_id, task.report_id, REPORT_NAME, data)
    return Built(stored.sha256, level_of(data), ())


def level_of(data: bytes) -> str:
    """The level of the report's signature, by the stamps in it."""
    if b"ArchiveTimeStamp" in data:
        return "XAdES-A"
    return "XAdES-T" if b"SignatureTimeStamp" in data else "XAdES-BES"


def _stamped(data: bytes, *, mode: str) -> bytes:
    """The report as XAdES-A; where no time-stamping authority is named, only a live report of production waits."""
    if not trust_settings().tsa_url and (mode == "test" or settings().environment == "development"):
        log.warning("no time-stamping authority is named: the e-Arşiv report stays XAdES-BES")
        return data
    stamper = open_stamper()
    stamped = with_signature_timestamp(data, stamper, placement=EARSIV_REPORT)
    return with_archive_timestamp(stamped, stamper, placement=EARSIV_REPORT)


def _file(
    store: ArchiveStore, tenant_id: UUID, ettn: UUID, signed_at: datetime, sending: str, token: str
) -> SignedFile:
    data = store.get(tenant_id, ettn, SIGNED_NAME)
    return SignedFile(data, sha256_hex(data), signed_at, sending, letters.link(settings().public_base_url, token))


def _remark(store: ArchiveStore, tenant_id: UUID, remark: RemarkTask, at: datetime) -> etree._Element:
    """An iptal names the document's own toplamTutar; an itiraz its paper."""
    if remark.remark == "objection":
        return objection_line(
            remark.kind, number=remark.number, paper_date=remark.paper_date or remark.on,
            paper_number=remark.paper_number, way=remark.way, text=remark.text,
        )  # fmt: skip
    document = line_of(remark.kind, _file(store, tenant_id, remark.ettn, remark.signed_at or at, "KAGIT", ""))
    total = Decimal(document.findtext(f"{EARSIV}toplamTutar") or "0")
    return cancel_line(remark.kind, number=remark.number, on=remark.on, total=total)
