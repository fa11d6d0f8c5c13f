"""The form's document is sent once: the draft's row is the key, whoever comes with it again gets the same document."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.check import Checked
from ebelge.documents.correct import correct
from ebelge.documents.drafting import contacts, drafts
from ebelge.documents.drafting.contacts import ContactData
from ebelge.documents.facts import TenantFacts
from ebelge.documents.models import Document
from ebelge.documents.submit import accept
from ebelge.edge.access import reach
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.jobs import bell, handover
from ebelge.jobs.handover import Coming
from ebelge.jobs.refill import refilled
from ebelge.web.invoice_form.sources import desk
from tenants.texts import acceptances


def texts_must_be_accepted() -> None:
    """:raises TextsOutstanding: the company or this person has not accepted what sending waits for."""
    me = member()
    with tenant_session(me.tenant_id) as session:
        acceptances.check(
            session, tenant_id=me.tenant_id, person_id=me.person_id, right="documents:send", at=request_at(),
            guest=me.acting is not None,
        )  # fmt: skip


def document_of(draft_id: UUID) -> UUID | None:
    """The document that a draft has become."""
    with tenant_session(member().tenant_id) as session:
        return drafts.document_of(session, desk=desk(), draft_id=draft_id)


def send(
    tenant: TenantFacts, checked: Checked, *, draft_id: UUID, tab: UUID, revision: int, corrects: UUID | None,
    keep: ContactData | None,
) -> UUID:  # fmt: skip
    """Accept the document, or find the one that the draft has become; rings the bell. `keep`: into the address book.

    :raises DomainError: what `accept` and `correct` refuse, `DraftChanged`, `InsufficientKontor`: nothing was written.
    """
    me = member()
    lone = corrects is None and checked.old_list is None and handover.coming() is Coming.ALONE
    claim_as = new_id() if lone else None
    mine = False

    def work() -> UUID:
        nonlocal mine
        with tenant_session(me.tenant_id) as session:
            at = utc_now()
            there = drafts.hold(session, desk=desk(), draft_id=draft_id, tab=tab, revision=revision, at=at)
            mine = there is None
            if there is not None:
                return there
            document = _enter(session, tenant, checked, corrects=corrects, claim_as=claim_as)
            drafts.sent(session, desk=desk(), draft_id=draft_id, document_id=document.document_id, at=at)
            return document.document_id

    document_id = refilled(work, tenant_id=me.tenant_id)
    if mine and claim_as is not None:
        handover.hand_over(tenant_id=me.tenant_id, message_id=claim_as, document_id=document_id)
    bell.ring()
    if mine and keep is not None:  # after the commit: the wallet is waited for, and a card refuses no document
        with tenant_session(me.tenant_id) as session:
            contacts.keep(session, tenant_id=me.tenant_id, data=keep, by=me.mark, at=utc_now())
    return document_id


def _enter(
    session: Session, tenant: TenantFacts, checked: Checked, *, corrects: UUID | None, claim_as: UUID | None
) -> Document:
    at, by = utc_now(), member().mark
    if corrects is not None:
        return correct(
            session, tenant=tenant, document_id=corrects, checked=checked, created_by=by, at=at, reach=reach()
        )
    (document,) = accept(
        session, tenant=tenant, checked=[checked], created_by=by, at=at, reach=reach(), claim_as=claim_as
    )
    return document


def card_of(party: dict[str, Any]) -> ContactData | None:
    """A party of the body as a card of the address book; None if it has no number."""
    number = str(party.get("vkn") or party.get("tckn") or "")
    if not number:
        return None
    names = ("first_name", "family_name", "tax_office", "street", "building_number", "district", "city",
             "postal_zone", "country", "email", "phone")  # fmt: skip
    return ContactData(
        vkn_tckn=number,
        title=str(party.get("name", "")),
        **{name: str(party[name]) for name in names if party.get(name)},
    )
