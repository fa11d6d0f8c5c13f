"""The public price list, and the package that somebody chose before he could buy it."""

from decimal import ROUND_HALF_UP, Decimal
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from billing.catalogue.packages import Package
from billing.orders import proposals
from ebelge.core.db import role_session, tenant_session
from ebelge.core.money import count_text, kdv_kurus, lira_text
from ebelge.edge import csp, people, sign_in
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import visitors
from ebelge.web.frame import account_page
from ebelge.web.public import page
from ebelge.web.sign_in import to
from tenants import states

blueprint = Blueprint("prices", __name__)
_INVENTED = "invented"


@blueprint.get("/prices")
def show() -> Response:
    """What everybody is offered."""
    with role_session("app") as session:
        packages = proposals.public(session, at=request_at())
    response = page(
        "forms/prices.html",
        policy=csp.FORM,
        packages=[terms(one) for one in packages],
        invented=any(one.note.startswith(_INVENTED) for one in packages),
        chosen=request.args.get("package", "")[:40],
        buys=_buys(),
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/settings/package/choose")
@right("kontor:buy")
@body_up_to(visitors.FORM_BYTES_MAX)
def choose() -> Response:
    """Keep the choice with the account."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        proposals.propose(
            session, tenant_id=tenant_id, package_code=visitors.typed().get("package", "")[:40], at=request_at()
        )
    return to("/settings/package")


@blueprint.get("/settings/package")
@right("kontor:read")
def proposal() -> Response:
    """The choice at today's terms: what it costs, and what has changed since it was made."""
    who = member()
    with tenant_session(who.tenant_id) as session:
        found = proposals.standing(session, tenant_id=who.tenant_id, at=request_at())
        chosen = found and {
            "name_tr": found.proposal.name_tr,
            "name_en": found.proposal.name_en,
            "off_sale": found.off_sale,
            "changed": found.changed,
            "package": terms(found.package) if found.package else None,
        }
    return account_page(
        "applications/package.html",
        chosen=chosen,
        may_buy="kontor:buy" in who.rights,
        active=who.tenant_state in states.SENDS and who.mode == "live",
    )


@blueprint.post("/settings/package/order")
@right("kontor:buy")
@body_up_to(visitors.FORM_BYTES_MAX)
def order() -> Response:
    """Place the order, to be paid by bank transfer; the choice ends with it."""
    who = member()
    with tenant_session(who.tenant_id) as session:
        placed = proposals.order(
            session, tenant_id=who.tenant_id, package_code=request.form.get("package", "")[:40], method="bank",
            placed_by=who.mark, at=request_at(),
        )  # fmt: skip
        shown = {
            "reference": placed.reference,
            "amount": f"{lira_text(placed.gross_kurus)} TL",
            "due_at": placed.due_at,
            "name_tr": placed.package_name_tr,
            "name_en": placed.package_name_en,
        }
    return account_page("applications/ordered.html", status=HTTPStatus.OK, shown=shown)


@blueprint.post("/settings/package/dismiss")
@right("kontor:buy")
@body_up_to(visitors.FORM_BYTES_MAX)
def dismiss() -> Response:
    """Forget the choice."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        proposals.dismiss(session, tenant_id=tenant_id, at=request_at())
    return to("/settings/package")


def terms(one: Package) -> dict[str, Any]:
    """A package as it is shown: amounts in lira, the price of one kontör net."""
    gross = one.net_price_kurus + kdv_kurus(one.net_price_kurus, Decimal(one.kdv_percent))
    unit = (Decimal(one.net_price_kurus) / 100 / (one.kontor + one.bonus_kontor)).quantize(
        Decimal("0.001"), rounding=ROUND_HALF_UP
    )
    return {
        "code": one.code,
        "name_tr": one.name_tr,
        "name_en": one.name_en,
        "gross": lira_text(gross),
        "net": lira_text(one.net_price_kurus),
        "kdv_percent": one.kdv_percent,
        "kontor": count_text(one.kontor),
        "bonus": count_text(one.bonus_kontor) if one.bonus_kontor else "",
        "unit": str(unit).replace(".", ","),
        "months": one.validity_months,
    }


def _buys() -> bool:
    """Whether the reader is signed in where he may choose a package."""
    who = sign_in.signed_in()
    if who is None:
        return False
    found = people.member_of(who, people.my_seats(who))
    return found is not None and found.mode == "live" and "kontor:buy" in found.rights
