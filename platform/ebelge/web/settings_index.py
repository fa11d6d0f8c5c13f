"""The company's settings: where each of them is, for whoever may see it."""

from flask import Blueprint, Response, current_app, url_for

from ebelge.core.db import tenant_session
from ebelge.edge import access
from ebelge.edge.languages import language
from ebelge.edge.people import Member, member, right
from ebelge.web.frame import account_page
from ebelge.web.settings_places import PLACES
from tenants import accounts

blueprint = Blueprint("settings_index", __name__, url_prefix="/settings")


@blueprint.get("")
@right("company:read")
def index() -> Response:
    """What the role may do here, and where."""
    me = member()
    with tenant_session(me.tenant_id) as session:
        company = accounts.get(session, tenant_id=me.tenant_id)
    return account_page("people/settings.html", company=company, places=_places(me), me=me)


def _places(me: Member) -> list[tuple[str, str, str]]:
    side = 0 if language() == "tr" else 1
    return [
        (url_for(place.endpoint), place.name[side], place.hint[side])
        for place in PLACES
        if place.endpoint in current_app.view_functions
        and access.needed_right(current_app, place.endpoint) in me.rights
        and place.only_for in ("", me.tenant_kind)
    ]
