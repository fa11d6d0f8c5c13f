"""The queue's part of an upload: documents checked and priced, then sent; a refusal is told at its row.

`batch` reads, the caller checks outside any transaction, and `enter_checks`, `enter_sent` or `enter_refusals` write
under the upload's lock (`hold` takes it before documents are accepted). What somebody else has done meanwhile stays.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.catalogue.prices import price_of
from ebelge.bulk.models import BulkItem, BulkUpload
from ebelge.bulk.queries import get, progress
from ebelge.bulk.sheet import at_cell
from ebelge.bulk.uploads import form_of
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.documents.models import Document
from ebelge.documents.submit import Checked, Submission, TenantFacts
from tenants.members.reach import WHOLE, Reach

BATCH: Final = 25
_FINDINGS_MAX: Final = 50
_GO_ON: Final = {
    "tr": "Öncekiler gönderildi, kalanı bekliyor; kontör yükleyip kaldığı yerden sürdürün.",
    "en": "Those before are sent, the rest waits; add kontör, then go on.",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A document in hand."""

    item: int
    submission: Submission


@dataclass(frozen=True, slots=True)
class Batch:
    """What there is to do now: `state` of the upload, the documents in hand, and who started it."""

    state: str
    whole: bool
    taken: tuple[Taken, ...] = ()
    by: str = ""
    reach: Reach = WHOLE


def batch(session: Session, *, tenant_id: UUID, upload_id: UUID) -> Batch:
    """The next documents to check or to send; all of them where all or nothing was chosen."""
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    wanted = {"checking": "waiting", "sending": "good"}.get(upload.state)
    if wanted is None:
        return Batch(upload.state, upload.whole)
    whole = upload.state == "sending" and upload.whole
    rows = session.scalars(_in_state(tenant_id, upload_id, wanted).limit(None if whole else BATCH)).all()
    return Batch(
        upload.state,
        upload.whole,
        tuple(Taken(row.item, _submission(upload, row)) for row in rows),
        upload.started_by,
        Reach(frozenset(UUID(one) for one in upload.branch_ids), frozenset(upload.series_prefixes)),
    )


def enter_checks(
    session: Session, *, tenant_id: UUID, upload_id: UUID, tenant: TenantFacts,
    answers: Mapping[int, Checked | DomainError], at: datetime,
) -> None:  # fmt: skip
    """Write what checking found: what each is, for whom, what it costs, or what is wrong with it."""
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    if upload.state != "checking":
        return
    kontor: dict[str, int] = {}
    for row in _locked(session, tenant_id, upload_id, "waiting", list(answers)):
        answer = answers[row.item]
        if isinstance(answer, DomainError):
            _refuse(upload, row, answer, state="bad")
            continue
        if answer.kind not in kontor:
            price = price_of(
                session, kind=f"{answer.kind}.out", at=at, tenant_id=tenant_id, reseller_id=tenant.reseller_id
            )
            kontor[answer.kind] = price.kontor
        row.state, row.kind, row.buyer = "good", answer.kind.value, answer.buyer_title
        row.currency, row.payable_kurus, row.kontor = answer.currency, answer.payable_kurus, kontor[answer.kind]
        row.findings = [asdict(one) for one in _told(upload, row, answer.warnings)]
        row.ettn = answer.ettn if upload.form == "zip" else None
        row.number = answer.placeholder if answer.serial is not None else ""
    session.flush()
    _refuse_twice(session, upload, list(answers))
    if session.scalars(_in_state(tenant_id, upload_id, "waiting").limit(1)).first() is None:
        upload.state = "checked"
    session.flush()


class Overtaken(Exception):
    """Somebody else has carried these documents out, or the upload was dropped."""


def hold(session: Session, *, tenant_id: UUID, upload_id: UUID, items: Sequence[int]) -> list[BulkItem]:
    """Lock documents that are to be accepted in this transaction, so that nobody else sends them.

    :raises Overtaken: one of them was sent or dropped meanwhile; roll back.
    """
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    rows = _locked(session, tenant_id, upload_id, "good", items)
    if upload.state != "sending" or len(rows) != len(items):
        raise Overtaken
    return rows


def enter_sent(session: Session, *, rows: Sequence[BulkItem], documents: Sequence[Document]) -> None:
    """Write which document each has become, in the transaction that accepted them."""
    for row, document in zip(rows, documents, strict=True):
        row.state, row.document_id, row.number, row.content = "sent", document.document_id, document.number, None
    session.flush()


def enter_refusals(session: Session, *, tenant_id: UUID, upload_id: UUID, refusals: Mapping[int, DomainError]) -> None:
    """Write which documents cannot be sent any more, and why."""
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    for row in _locked(session, tenant_id, upload_id, "good", list(refusals)):
        _refuse(upload, row, refusals[row.item], state="failed")
    session.flush()


def stand_still(session: Session, *, tenant_id: UUID, upload_id: UUID, state: str, error: DomainError) -> None:
    """Stop sending: `paused` where kontör are missing, `checked` where all was chosen and not all can be."""
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    if upload.state == "sending":
        upload.state, upload.problem = state, {one: error.problem(one) for one in ("tr", "en")}
        if not upload.whole:  # the refusal speaks of one step ("nothing was stored"), the upload of all before it, too
            upload.problem = {one: problem | {"detail": _GO_ON[one]} for one, problem in upload.problem.items()}
        session.flush()


def end(session: Session, *, tenant_id: UUID, upload_id: UUID, at: datetime) -> None:
    """End an upload of which nothing is left to send."""
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    if upload.state == "sending" and not progress(session, tenant_id=tenant_id, upload_id=upload_id).good:
        upload.state, upload.ended_at = "done", at
        session.flush()


def _in_state(tenant_id: UUID, upload_id: UUID, state: str) -> Any:
    return (
        select(BulkItem)
        .where(BulkItem.tenant_id == tenant_id, BulkItem.upload_id == upload_id, BulkItem.state == state)
        .order_by(BulkItem.item)
    )


def _locked(session: Session, tenant_id: UUID, upload_id: UUID, state: str, items: Sequence[int]) -> list[BulkItem]:
    asked = _in_state(tenant_id, upload_id, state).where(BulkItem.item.in_(items))
    return list(session.scalars(asked.with_for_update().execution_options(populate_existing=True)))


def _submission(upload: BulkUpload, row: BulkItem) -> Submission:
    content = row.content or b""
    if upload.form == "zip":
        return Submission(xml=content)
    draft = json.loads(content)
    kind = draft.get("kind", "auto")
    series = draft.get("series")
    return Submission(draft=draft, kind=kind, series=series, receiver_alias=row.receiver_alias)


def _refuse(upload: BulkUpload, row: BulkItem, error: DomainError, *, state: str) -> None:
    found = list(error.findings) or [
        Finding(
            rule=error.code,
            message_tr=f"{error.title_tr}. {error.detail_tr}".strip(),
            message_en=f"{error.title_en}. {error.detail_en}".strip(),
            mend_tr=error.advice_tr,
            mend_en=error.advice_en,
        )
    ]
    row.state = state
    row.findings = [asdict(one) for one in _told(upload, row, found[:_FINDINGS_MAX])]


def _told(upload: BulkUpload, row: BulkItem, found: Sequence[Finding]) -> list[Finding]:
    """Findings at the cells of the sheet; those of an XML keep its line and path."""
    if upload.form == "zip":
        return list(found)
    return [at_cell(one, form=form_of(upload), mapping=upload.mapping, rows=row.rows) for one in found]


def _refuse_twice(session: Session, upload: BulkUpload, items: Sequence[int]) -> None:
    """What stands twice in one file under an ETTN or a number is good the first time only."""
    mine = (BulkItem.tenant_id == upload.tenant_id, BulkItem.upload_id == upload.upload_id)
    fresh = session.scalars(select(BulkItem).where(*mine, BulkItem.item.in_(items), BulkItem.state == "good")).all()
    for column, name in ((BulkItem.ettn, "ETTN"), (BulkItem.number, "numara")):
        values = [getattr(row, column.key) for row in fresh if getattr(row, column.key)]
        if not values:
            continue
        asked = select(column, BulkItem.item).where(*mine, BulkItem.state == "good", column.in_(values))
        first: dict[Any, int] = {}
        for value, item in session.execute(asked.order_by(BulkItem.item)):
            first.setdefault(value, item)
        for row in fresh:
            value = getattr(row, column.key)
            if row.state == "good" and value and first.get(value, row.item) != row.item:
                row.state = "bad"
                row.findings = [asdict(_twice(name, str(value), first[value]))]
    session.flush()


def _twice(name: str, value: str, item: int) -> Finding:
    english = "number" if name == "numara" else name
    return Finding(
        rule="bulk.twice",
        message_tr=f"Bu {name} dosyada {item}. belgede de var: {value}.",
        message_en=f"This {english} is also that of document {item} of the file: {value}.",
        mend_tr="Belgeyi dosyadan çıkarın.",
        mend_en="Take it out of the file.",
    )
