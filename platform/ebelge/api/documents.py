"""Documents: sent one by one or many at once, checked only, read back."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from billing.catalogue.prices import price_of
from billing.ledger import balance
from ebelge.api import showing
from ebelge.api.answers import (
    AcceptedAnswer,
    BulkAnswer,
    Buyer,
    CheckAnswer,
    Money,
)
from ebelge.api.described import described
from ebelge.api.reading import Wishes, submission, submissions
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.ids import new_id
from ebelge.documents.submit import Checked, TenantFacts, accept, check_all
from ebelge.edge import idempotency, limits
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.checkers import check_many
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language
from ebelge.edge.requests import note, request_at
from ebelge.jobs import bell, handover
from ebelge.jobs.handover import Coming
from ebelge.jobs.refill import refilled

blueprint = APIBlueprint("documents", __name__, tag="Documents")
ACCEPTED = HTTPStatus.ACCEPTED
SENDING = (402, 409, 413, 415, 422)


class BulkRefused(DomainError):
    """At least one document of a bulk request breaks a rule: none was accepted, none costs anything."""

    code, http_status = "bulk_refused", 422
    title_tr, title_en = "Toplu gönderim kabul edilmedi", "The bulk request was refused"


@blueprint.post("/documents")
@described(AcceptedAnswer, status=ACCEPTED, query=Wishes, body="document", idempotent=True, refusals=SENDING)
@needs("documents:write")
def create() -> Response:
    """Send a document

    As UBL-TR XML or as a JSON draft from which the XML is built. It is checked by all of GİB's rules first; a refusal
    costs nothing and takes no number. The answer 202 says: numbered, charged, and on its way to the seal.
    """
    given = submission()
    kept = idempotency.replay()
    if kept is not None:
        return kept
    tenant, (checked,) = check_all([given], tenant_id=bearer().tenant_id, at=request_at())
    if isinstance(checked, DomainError):
        raise checked

    coming = Coming.BUSY if checked.old_list is not None else handover.coming()
    claim_as = new_id() if coming is Coming.ALONE else None
    accepted: list[AcceptedAnswer] = []  # none if another request with the same key was faster

    def work(session: Session, at: datetime) -> AcceptedAnswer:
        accepted[:] = _accept(session, tenant, [checked], at, claim_as)
        return accepted[0]

    response = refilled(lambda: idempotency.perform(work, status=ACCEPTED), tenant_id=bearer().tenant_id)
    if claim_as is not None and accepted:
        handover.hand_over(tenant_id=bearer().tenant_id, message_id=claim_as, document_id=accepted[0].document_id)
    elif coming is not Coming.CLOSE:
        bell.ring()
    return response


@blueprint.post("/documents/bulk")
@described(BulkAnswer, status=ACCEPTED, body="bulk", idempotent=True, refusals=SENDING)
@limits.body_up_to(limits.BULK_BYTES_MAX)
@needs("documents:write")
def create_many() -> Response:
    """Send many documents

    Up to 1,000 drafts or XML documents, accepted together or not at all. If one breaks a rule, the answer is 422
    `bulk_refused`, and `refused` names each by its place in the list.
    """
    given = submissions()
    kept = idempotency.replay()
    if kept is not None:
        return kept
    tenant, answers = check_many(given, tenant_id=bearer().tenant_id, at=request_at())
    checked = [answer for answer in answers if not isinstance(answer, DomainError)]
    if len(checked) < len(answers):
        raise _bulk_refused(answers)

    def work(session: Session, at: datetime) -> BulkAnswer:
        documents = _accept(session, tenant, checked, at)
        return BulkAnswer(
            count=len(documents), kontor=sum(document.kontor for document in documents), documents=documents
        )

    return _sent(refilled(lambda: idempotency.perform(work, status=ACCEPTED), tenant_id=bearer().tenant_id))


@blueprint.post("/documents/check")
@described(CheckAnswer, query=Wishes, body="document", refusals=(409, 413, 415, 422))
@needs("documents:write")
def check_only() -> Response:
    """Check a document

    Everything that sending would check, and what it would cost. Nothing is stored, numbered or charged. A document
    that breaks a rule is answered as sending it would be: 422 with the findings.
    """
    who = bearer()
    tenant, (checked,) = check_all([submission()], tenant_id=who.tenant_id, at=request_at())
    if isinstance(checked, DomainError):
        raise checked
    with tenant_session(who.tenant_id) as session:
        price = price_of(
            session,
            kind=f"{checked.kind}.out",
            at=request_at(),
            tenant_id=who.tenant_id,
            reseller_id=tenant.reseller_id,
        )
        left = balance.balance(session, tenant_id=who.tenant_id, at=request_at())
    answer = CheckAnswer(
        valid=True,
        kind=checked.kind,
        series=checked.series.prefix,
        channel=checked.channel,
        buyer=Buyer(
            vkn_tckn=checked.buyer_vkn_tckn,
            title=checked.buyer_title,
            email=checked.buyer_email,
            alias=checked.receiver_alias,
        ),
        payable=Money(amount_kurus=checked.payable_kurus, currency=checked.currency),
        line_count=checked.line_count,
        kontor=price.kontor,
        spendable=left.spendable,
        warnings=showing.findings(checked.warnings, language()),
    )
    return json_response(render(answer))


def _accept(
    session: Session,
    tenant: TenantFacts,
    checked: Sequence[Checked],
    at: datetime,
    claim_as: UUID | None = None,
) -> list[AcceptedAnswer]:
    by = f"key:{bearer().key_id}"
    documents = accept(session, tenant=tenant, checked=checked, created_by=by, at=at, reach=reach(), claim_as=claim_as)
    note(document_id=documents[0].document_id, documents=len(documents))
    return [
        showing.accepted(document, one.warnings, language()) for document, one in zip(documents, checked, strict=True)
    ]


def _sent(response: Response) -> Response:
    bell.ring()  # after the commit; the relay would find the message within 200 ms anyway
    return response


def _bulk_refused(answers: Sequence[Checked | DomainError]) -> BulkRefused:
    refused = [
        {"index": index} | answer.problem(language())
        for index, answer in enumerate(answers)
        if isinstance(answer, DomainError)
    ]
    return BulkRefused(
        f"{len(answers)} belgeden {len(refused)} tanesi kurallara uymuyor. Hiçbiri kaydedilmedi.",
        f"{len(refused)} of {len(answers)} documents break a rule. None was stored.",
        refused=refused,
    )
