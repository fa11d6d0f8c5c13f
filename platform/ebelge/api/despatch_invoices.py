"""An invoice from despatch notes: their goods, the caller's prices."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from ebelge.api import showing
from ebelge.api.account import NoQuery
from ebelge.api.answers import AcceptedAnswer
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.documents import despatch_invoices
from ebelge.documents.submission import Submission
from ebelge.documents.submit import accept, check_all
from ebelge.edge import idempotency
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.languages import language
from ebelge.edge.requests import note, request_at
from ebelge.jobs import bell
from ebelge.jobs.refill import refilled

blueprint = APIBlueprint("despatch_invoices", __name__, tag="Documents")


class ItemPrice(BaseModel):
    """The price of an item of the despatches; the other fields are those of a line of a draft."""

    model_config = ConfigDict(extra="forbid")

    item: Annotated[str, Field(min_length=1, max_length=300, description="Seller's code of the goods, or their name")]
    unit_price: Annotated[str, Field(max_length=40, examples=["120.50"])]
    kdv_rate: Annotated[str, Field(max_length=10, examples=["20"])]
    exemption_code: Annotated[str, Field(max_length=20)] | None = None
    withholding_code: Annotated[str, Field(max_length=20)] | None = None
    discounts: Annotated[list[dict[str, Any]], Field(max_length=10)] | None = None


class DespatchInvoiceRequest(BaseModel):
    """Which despatches, at which prices, on what kind of invoice."""

    model_config = ConfigDict(extra="forbid")

    despatches: Annotated[list[UUID], Field(min_length=1, max_length=despatch_invoices.DESPATCHES_MAX)]
    prices: Annotated[list[ItemPrice], Field(min_length=1, max_length=5000)]
    invoice: Annotated[
        dict[str, Any], Field(description="Further fields of the draft: profile, notes, payment …; not lines")
    ] = Field(default_factory=dict)
    again: bool = Field(default=False, description="Invoice them though an invoice stands already")


@blueprint.post("/despatches/invoice")
@described(
    AcceptedAnswer,
    status=HTTPStatus.ACCEPTED,
    query=NoQuery,
    body=DespatchInvoiceRequest,
    idempotent=True,
    refusals=(402, 404, 409, 413, 422),
)
@needs("documents:write")
def invoice_despatches() -> Response:
    """Invoice despatch notes

    An e-Fatura or e-Arşiv invoice of despatches of one buyer: a line for each of theirs, a reference to each note.
    A despatch is invoiced once unless `again` says otherwise.
    """
    query(NoQuery)
    asked = validated(DespatchInvoiceRequest, json_body())
    kept = idempotency.replay()
    if kept is not None:
        return kept
    tenant_id = bearer().tenant_id
    prices = [
        despatch_invoices.Price(one.item, one.model_dump(exclude={"item"}, exclude_none=True)) for one in asked.prices
    ]
    with tenant_session(tenant_id) as session:
        draft = despatch_invoices.draft_from(
            session, tenant_id=tenant_id, despatch_ids=asked.despatches, prices=prices, invoice=asked.invoice,
            again=asked.again, reach=reach(),
        )  # fmt: skip
    tenant, (checked,) = check_all([Submission(draft=draft)], tenant_id=tenant_id, at=request_at())
    if isinstance(checked, DomainError):
        raise checked

    def work(session: Session, at: datetime) -> AcceptedAnswer:
        by = f"key:{bearer().key_id}"
        (document,) = accept(session, tenant=tenant, checked=[checked], created_by=by, at=at, reach=reach())
        despatch_invoices.mark(
            session, tenant_id=tenant_id, despatch_ids=asked.despatches, invoice_id=document.document_id,
            again=asked.again, at=at,
        )  # fmt: skip
        note(document_id=document.document_id)
        return showing.accepted(document, checked.warnings, language())

    response = refilled(lambda: idempotency.perform(work, status=HTTPStatus.ACCEPTED), tenant_id=tenant_id)
    bell.ring()
    return response
