"""Changes of reseller, as a reseller and as the operator see them: what waits, what they say, what they ask."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge.actors import actor
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import reseller_changes
from ebelge.web.forms import day, field, go_to, told
from ebelge.web.frame import account_page
from tenants import accounts
from tenants.resellers import changes
from tenants.resellers.models import ResellerChange, ResellerChangeAnswer

blueprint = Blueprint("reseller_changes", __name__, url_prefix="/reseller/changes")
operator_blueprint = Blueprint("operator_changes", __name__, url_prefix="/operator/reseller-changes")
STATES: dict[str, tuple[str, str]] = {
    "asked": ("Yanıt bekliyor", "Waits for answers"),
    "agreed": ("Kabul edildi, günü bekleniyor", "Agreed, waits for its day"),
    "refused": ("Reddedildi", "Refused"),
    "withdrawn": ("Geri çekildi", "Withdrawn"),
    "moved": ("Taşındı", "Moved"),
    "done": ("Tamamlandı", "Done"),
}
SIDES: dict[str, tuple[str, str]] = {
    "customer": ("Müşteri", "Customer"),
    "old": ("Eski bayi", "Old reseller"),
    "new": ("Yeni bayi", "New reseller"),
    "operator": ("İşletici", "Operator"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as one side sees it; `title` only where that side may know whom it is about."""

    change: ResellerChange
    side: str
    title: str
    vkn_tckn: str
    said: dict[str, ResellerChangeAnswer]
    waits: list[changes.Side]
    open: bool


@blueprint.get("")
@right("customers:read")
def index() -> Response:
    """The requests of which this reseller is a side, and the form to ask for a customer."""
    return _page("/reseller/changes", asks=True)


@blueprint.post("")
@right("customers:onboard")
def ask() -> WerkzeugResponse:
    """Ask for a customer that has an account; of the account nothing is shown."""
    try:
        reseller_changes.ask_as_reseller(
            member().tenant_id,
            customer_vkn=field("vkn", longest=11),
            wanted_on=day("wanted_on", at=request_at()),
            actor=actor(),
        )
    except DomainError as error:
        return _page("/reseller/changes", asks=True, refusal=told(error), status=error.http_status)
    return go_to("/reseller/changes")


@blueprint.post("/<uuid:change_id>")
@right("consent:give")
def answer(change_id: UUID) -> WerkzeugResponse:
    """This reseller's word on a request, or its own request taken back."""
    return _answer("/reseller/changes", change_id, asks=True)


@operator_blueprint.get("")
@right("tenants:read")
def operator_index() -> Response:
    """All requests, the newest first."""
    return _page("/operator/reseller-changes", asks=False)


@operator_blueprint.post("/<uuid:change_id>")
@right("tenants:manage")
def operator_answer(change_id: UUID) -> WerkzeugResponse:
    """The operator's word, the last one."""
    return _answer("/operator/reseller-changes", change_id, asks=False)


def _answer(path: str, change_id: UUID, *, asks: bool) -> WerkzeugResponse:
    me, word = member().tenant_id, field("word")
    try:
        if word == "withdraw":
            reseller_changes.withdraw_as_party(me, change_id, actor=actor())
        else:
            reseller_changes.answer_as_party(
                me, change_id, yes=word == "yes", actor=actor(), reason=field("reason") if word == "no" else ""
            )
    except DomainError as error:
        return _page(path, asks=asks, refusal=told(error), status=error.http_status)
    return go_to(path)


def _page(path: str, *, asks: bool, refusal: str = "", status: int = 200) -> Response:
    me = member().tenant_id
    with tenant_session(me) as session:
        sides = [(one.customer_id, one.change_id, one.side) for one in changes.sides(session, tenant_id=me)]
    return account_page(
        "reseller/changes.html",
        status=status,
        path=path,
        asks=asks,
        refusal=refusal,
        requests=[_shown(*one) for one in sides],
        states=STATES,
        sides=SIDES,
        vkn=request.args.get("vkn", "")[:11],
        days=settings().reseller_answer_days,
        may_answer=("consent:give" if asks else "tenants:manage") in member().rights,
    )


def _shown(customer_id: UUID, change_id: UUID, side: str) -> Shown:
    with tenant_session(customer_id) as session:
        change = changes.get(session, tenant_id=customer_id, change_id=change_id)
        said = {one.side: one for one in changes.answers(session, tenant_id=customer_id, change_id=change_id)}
        customer = accounts.get(session, tenant_id=customer_id)
        # the new reseller typed the VKN; the name it learns by the customer's yes
        knows = side != "new" or ("customer" in said and said["customer"].yes)
        title, vkn = customer.title if knows else "", customer.vkn_tckn
        waits = changes.waits_for(change, said, at=utc_now(), answer_days=settings().reseller_answer_days)
        session.expunge_all()
    may = change.state == "asked" and side not in said and not (side == "operator" and waits)
    return Shown(change, side, title, vkn, said, waits, may)
