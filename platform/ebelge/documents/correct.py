"""Corrections: a refused document is replaced by a new one that takes over its number (DESIGN 6, TRADE 4 and 5)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict
from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.check import Checked, check
from ebelge.documents.entry import Entry
from ebelge.documents.facts import TenantFacts, facts
from ebelge.documents.models import Document
from ebelge.documents.numbers import numbering
from ebelge.documents.numbers.choice import Place
from ebelge.documents.states import CORRECTABLE, State
from ebelge.documents.submission import Submission, read
from ebelge.documents.submit import enter, look_up_mailboxes
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach


class NotCorrectable(Conflict):
    """Only a document that was refused, or given up, and was not corrected yet can be corrected."""

    code = "not_correctable"
    title_tr, title_en = "Bu belge düzeltilemez", "This document cannot be corrected"


def check_correction(
    submission: Submission, *, tenant_id: UUID, document_id: UUID, at: datetime, reach: Reach = WHOLE
) -> tuple[TenantFacts, Checked]:
    """Read and check a correction outside any transaction, like a new document but at the old one's place.

    It may be XML or a draft. It keeps the number and the kind; a draft without a date keeps the old date; an ETTN
    equal to the old one, or none, becomes a new one.
    :raises DomainError: see `check.check`; NotFound, NotCorrectable for the document itself.
    """
    given = read(submission)
    with tenant_session(tenant_id) as session:
        old = queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
        must_be_correctable(old)
        tenant = facts(session, tenant_id=tenant_id, at=at)
        mailboxes = look_up_mailboxes(session, tenant=tenant, reads=[given], at=at)
        place = Place(old.kind, old.number, old.issue_date, old.ettn)
    return tenant, check(tenant, given, mailboxes, at=at, place=place)


def correct(
    session: Session, *, tenant: TenantFacts, document_id: UUID, checked: Checked, created_by: str, at: datetime,
    reach: Reach = WHOLE,
) -> Document:  # fmt: skip
    """Enter the correction: a new row with the old number, an own charge, and the old document superseded.

    Lock order: series, document, locator, wallet. The old document keeps its state; its kontör came back already.
    :raises NotFound, NotCorrectable, DuplicateEttn: 404, 409. :raises IssueDateGoesBack: 422: the date does not
        fit between the neighbours of the number. :raises InsufficientKontor: 402.
    """
    tenant_id = tenant.tenant_id
    numbering.lock_year(session, tenant_id=tenant_id, series_id=checked.series.series_id, year=checked.year)
    old = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    must_be_correctable(old)
    if checked.placeholder != old.number:
        raise NotCorrectable("Denetim başka bir belge için yapılmış.", "The check was made for another document.")
    numbering.check_place(session, document=old, issue_date=checked.issue_date)
    entry = Entry(new_id(), checked, numbering.Taken(old.serial, old.number), replaces_id=document_id)
    old.superseded = True
    old.number_held = False
    events.record(
        session,
        document=old,
        kind="corrected",
        text_tr=f"Düzeltildi: {old.number} numarasını yeni belge devraldı (ETTN {checked.ettn}).",
        text_en=f"Corrected: a new document took over the number {old.number} (ETTN {checked.ettn}).",
        data={"replaced_by": str(entry.document_id)},
        at=at,
    )
    session.flush()  # the number is free before the new row takes it
    (document,) = enter(session, tenant=tenant, entries=[entry], created_by=created_by, at=at)
    deed(
        session, tenant_id=tenant_id, action="document.corrected", object_kind="document", object_id=document_id,
        after={"number": old.number, "replaced_by": entry.document_id}, by=created_by, at=at,
    )  # fmt: skip
    return document


def must_be_correctable(document: Document) -> None:
    """:raises NotCorrectable: it was corrected already, or neither refused nor given up."""
    if document.superseded:
        raise NotCorrectable("Belge daha önce düzeltilmiş.", "The document was corrected already.")
    if State(document.state) not in CORRECTABLE:
        raise NotCorrectable(
            "Yalnız GİB'in reddettiği ya da gönderiminden vazgeçilen belge düzeltilir.",
            "Only a document that GİB refused, or that was given up, can be corrected.",
            state=document.state,
        )
