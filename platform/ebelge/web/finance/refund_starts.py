"""A refund begun at finance's desk: what would come back lot by lot, what is kept and why, and asking for it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.settlement import desk_lists
from billing.settlement.quote import Quote
from billing.settlement.refund_rows import TAX_WAY_TEXTS
from billing.settlement.refunds import tax_way
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.edge import refunds as desk
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.web.finance import common, words
from ebelge.web.finance.common import FORM_BYTES, finance_page
from ebelge.web.forms import field, go_to, number, problem_of

blueprint = Blueprint(
    "finance_refund_starts", __name__, url_prefix="/finance/payments/<uuid:tenant_id>/<uuid:order_id>"
)


@blueprint.get("/refund")
@right("finance:work")
def one(tenant_id: UUID, order_id: UUID) -> Response:
    """What a refund of the order would be now. Changes nothing."""
    return _page(tenant_id, order_id)


@blueprint.post("/refund")
@right("finance:work")
@body_up_to(FORM_BYTES)
def ask(tenant_id: UUID, order_id: UUID) -> Response | WerkzeugResponse:
    """Ask for the refund that was shown: its kontör are frozen, its money waits for the tax document."""
    with role_session("reader") as session:
        desk_lists.order(session, tenant_id=tenant_id, order_id=order_id)
    try:
        home = desk.home_lots(tenant_id, order_id)
        with tenant_session(tenant_id) as session:
            refund_id = desk.ask_in(
                session, tenant_id=tenant_id, order_id=order_id, home=home, reason=field("reason"),
                to_iban=field("iban", longest=60), shown_gross_kurus=number("shown"), **common.signed(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        return _page(tenant_id, order_id, problem=error, status=error.http_status)
    bell.ring()
    return go_to(url_for("finance_refunds.one", refund_id=refund_id, said="asked"))


def _page(tenant_id: UUID, order_id: UUID, *, problem: DomainError | None = None, status: int = 200) -> Response:
    at = request_at()
    with role_session("reader") as session:
        order, parts = desk_lists.order(session, tenant_id=tenant_id, order_id=order_id)
    quote = desk.quoted(tenant_id, order_id, at=at)
    with tenant_session(tenant_id) as session:
        buyer = desk.buyer_facts(session, tenant_id, order_id, at=at)
    way = TAX_WAY_TEXTS[tax_way(buyer, whole=quote.whole)][words.side()]
    return finance_page(
        "refund_start.html", status=status, order=order, quote=quote, lots=_lots(quote), way=way, at=at,
        under_way=next((one for one in parts["refunds"] if one.state not in ("done", "failed", "cancelled")), None),
        second=quote.gross_kurus > settings().second_person_kurus, typed=request.form if problem else {},
        problem=problem_of(problem) if problem else None,
    )  # fmt: skip


def _lots(quote: Quote) -> list[tuple[Any, int, str]]:
    """Each lot, how much of what was credited is kept, and why."""
    n = words.side()
    used = ("Kullanıldı ya da belgelere ayrıldı.", "Spent, or held for documents.")[n]
    return [
        (lot, kept, lot.words[n] or (used if kept else ""))
        for lot in quote.lots
        for kept in [max(0, lot.granted - lot.kontor)]
    ]
