"""A reseller's contract by date, and the packages its customers are offered."""

from flask import Blueprint, Response

from billing.catalogue import packages, prices
from billing.ledger.models import PUBLIC_SCOPE
from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.core.money import lira_text
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import reseller_contracts
from ebelge.web.frame import account_page

blueprint = Blueprint("reseller_terms", __name__, url_prefix="/reseller/terms")


@blueprint.get("")
@right("commission:read")
def show() -> Response:
    """The contracts, newest first, and what is on sale under this reseller."""
    me, at = member().tenant_id, request_at()
    with tenant_session(me) as session:
        found = reseller_contracts.rows(session, tenant_id=me, at=at)
        offered = packages.offered(session, tenant_id=me, reseller_id=me, at=at)
        card = prices.card(session, tenant_id=PUBLIC_SCOPE, reseller_id=me, at=at)
    return account_page(
        "reseller/terms.html",
        contracts=found,
        packages=[(one, lira_text(one.net_price_kurus)) for one in offered],
        card=card,
        zone=ISTANBUL,
    )
