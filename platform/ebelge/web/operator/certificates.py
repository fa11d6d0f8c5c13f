"""Seals whose certificates end, and seals that cannot sign: the soonest first."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, Response
from sqlalchemy import text

from ebelge.core.db import role_session
from ebelge.edge.people import right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page

blueprint = Blueprint("operator_certificates", __name__, url_prefix="/operator/certificates")
SHOWN: Final = 200
SOON: Final = timedelta(days=60)
# retired seals sign nothing any more, whatever their certificate says
_ENDING = text(
    "SELECT s.seal_id, s.tenant_id, s.mode, s.storage, s.valid_until, s.signs_from, t.title, t.vkn_tckn FROM seal s "
    "JOIN tenant t ON t.tenant_id = s.tenant_id WHERE s.mode = 'live' AND s.active "
    "ORDER BY s.valid_until LIMIT :limit"
)
_TROUBLE = text(
    "SELECT x.owner_id, x.text_tr, x.text_en, x.since, x.seen_at, t.title FROM seal_trouble x "
    "JOIN tenant t ON t.tenant_id = x.owner_id ORDER BY x.since LIMIT :limit"
)


@blueprint.get("")
@right("jobs:work")
def index() -> Response:
    """Seals by the end of their certificates; those in trouble above."""
    with role_session("reader") as session:
        ending = session.execute(_ENDING, {"limit": SHOWN}).all()
        trouble = session.execute(_TROUBLE, {"limit": SHOWN}).all()
    return account_page("operator/certificates.html", ending=ending, trouble=trouble, at=request_at(), soon=SOON)
