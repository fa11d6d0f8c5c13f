"""Where a person's work begins: the first page that his rail names."""

from http import HTTPStatus

from flask import Blueprint, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.edge import people
from ebelge.edge.people import own_account
from ebelge.web.rail import places_of

blueprint = Blueprint("home", __name__)
ACCOUNT = "/account"


@blueprint.get("/home")
@own_account
def home() -> WerkzeugResponse:
    """Lead on: to the company's first page, to his companies and what waits there, or to the person's own page."""
    who = people.person()
    seats = people.my_seats(who)
    member = people.member_of(who, seats)
    if member is None:
        several = "/clients" if people.several(seats) else "/account/companies"
        return redirect(several if len(seats) > 1 else ACCOUNT, HTTPStatus.SEE_OTHER)
    places = places_of(member, turkish=True, several=people.several(seats))
    return redirect(places[0].path if places else ACCOUNT, HTTPStatus.SEE_OTHER)
