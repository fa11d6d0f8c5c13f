"""Resellers with their contract, stock and customers."""

from typing import Final

from flask import Blueprint, Response
from sqlalchemy import text

from ebelge.core.db import role_session
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page

blueprint = Blueprint("operator_resellers", __name__, url_prefix="/operator/resellers")
SHOWN: Final = 500
_LIST = text(
    "SELECT t.tenant_id, t.title, t.vkn_tckn, t.state, w.available, w.held, c.model, c.commission_bp, c.passing, "
    "(SELECT count(*) FROM tenant k WHERE k.reseller_id = t.tenant_id AND k.mode = 'live') AS customers, "
    "(SELECT count(*) FROM tenant k WHERE k.reseller_id = t.tenant_id AND k.mode = 'live' AND k.state = 'active') "
    "AS active_customers "
    "FROM tenant t JOIN wallet w ON w.tenant_id = t.tenant_id "
    "LEFT JOIN reseller_contract c ON c.tenant_id = t.tenant_id AND c.valid @> CAST(:at AS timestamptz) "
    "WHERE t.kind = 'reseller' AND t.mode = 'live' ORDER BY t.title, t.tenant_id LIMIT :limit"
)


@blueprint.get("")
@right("tenants:read")
def index() -> Response:
    """All resellers by title."""
    with role_session("reader") as session:
        rows = session.execute(_LIST, {"at": request_at(), "limit": SHOWN}).all()
    return account_page("operator/resellers.html", rows=rows)
