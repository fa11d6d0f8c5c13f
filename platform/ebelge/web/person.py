"""A person's own pages: who he is and what proves it."""

from flask import Blueprint, Response

from ebelge.edge.people import own_account, person
from ebelge.web.frame import account_page

blueprint = Blueprint("person", __name__, url_prefix="/account")


@blueprint.get("")
@own_account
def overview() -> Response:
    """Who is signed in."""
    return account_page("account/overview.html", me=person())
