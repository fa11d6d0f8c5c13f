"""A reseller's contract: how it sells and what it earns, by date. One that is open-ended ends where the next begins."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, cast
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.resellers import contracts
from ebelge.core.clock import istanbul_midnight
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web import reseller_contracts
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, Work, attempt, day, text
from tenants.fields import InvalidFields
from tenants.models import Tenant

blueprint = Blueprint("operator_contracts", __name__, url_prefix="/operator/resellers/<uuid:reseller_id>/contract")
SHOW: Final = "operator_contracts.show"
MODELS: Final = (("commission", "Komisyon", "Commission"), ("resale", "Alıp satma", "Resale"))
PASSING: Final = (
    ("inherit", "Stoktaki gibi", "As in the stock"), ("fresh", "Aktarımdan altı ay", "Six months from passing"),
)  # fmt: skip
ONBOARDING: Final = (
    ("applied", "Yetkilisi metinleri onaylayınca etkin", "Active once the owner accepts the texts"),
    ("active", "Hemen etkin", "Active at once"),
)
# What a first contract's form offers; a later one's, what was agreed last.
_FIRST: Final[reseller_contracts.Row] = (
    None, None, "commission", 0, contracts.REFUND_WINDOW_DAYS, "inherit", "applied", False,
)  # fmt: skip


@blueprint.get("")
@right("tenants:manage")
def show(reseller_id: UUID) -> Response:
    """The contracts, newest first, and a form for the next one."""
    return _show(reseller_id, EMPTY)


@blueprint.post("")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def conclude(reseller_id: UUID) -> Response | WerkzeugResponse:
    """Enter a contract."""

    def work(session: Session, at: datetime) -> None:
        contracts.conclude(
            session, tenant_id=reseller_id, model=cast(contracts.Model, _chosen("model", MODELS)),
            commission_bp=_basis_points(), refund_window_days=_days(),
            passing=cast(contracts.Passing, _chosen("passing", PASSING)),
            onboarding=cast(contracts.Onboarding, _chosen("onboarding", ONBOARDING)),
            valid_from=_midnight("valid_from") or at, valid_until=_midnight("valid_until"),
            created_by=member().mark, at=at,
        )  # fmt: skip

    return _change(reseller_id, work)


@blueprint.post("/end")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def end(reseller_id: UUID) -> Response | WerkzeugResponse:
    """Let the contract in force end on a day, without another one."""

    def work(session: Session, at: datetime) -> None:
        over = _midnight("ends_on")
        if over is None:
            raise InvalidFields({"ends_on": ("Günü seçin.", "Choose the day.")})
        contracts.end(session, tenant_id=reseller_id, ends_at=over, at=at)

    return _change(reseller_id, work)


def _change(reseller_id: UUID, work: Work) -> Response | WerkzeugResponse:
    _title(reseller_id)

    def done() -> None:
        with tenant_session(reseller_id) as session:
            work(session, request_at())

    return attempt(done, show=lambda form: _show(reseller_id, form), to=SHOW, reseller_id=reseller_id)


def _show(reseller_id: UUID, form: Form) -> Response:
    title, at, side = _title(reseller_id), request_at(), 0 if language() == "tr" else 1
    with tenant_session(reseller_id) as session:
        rows = reseller_contracts.rows(session, tenant_id=reseller_id, at=at)
    models, passing, onboarding = (
        [(value, (turkish, english)[side]) for value, turkish, english in choices]
        for choices in (MODELS, PASSING, ONBOARDING)
    )
    return account_page(
        "operator/contract.html", form=form, title=title, reseller_id=reseller_id, contracts=rows, models=models,
        passing_ways=passing, onboarding_ways=onboarding, usual=rows[0] if rows else _FIRST,
        running=any(row[-1] for row in rows),
    )  # fmt: skip


def _title(reseller_id: UUID) -> str:
    """The reseller's title. :raises NotFound: no live reseller has this id."""
    with role_session("reader") as session:
        found = session.get(Tenant, reseller_id)
        if found is None or found.kind != "reseller" or found.mode != "live":
            raise NotFound()
        return found.title


def _chosen(name: str, choices: tuple[tuple[str, str, str], ...]) -> str:
    wanted = text(name)
    if wanted not in {choice[0] for choice in choices}:
        raise InvalidFields({name: ("Listeden seçin.", "Choose from the list.")})
    return wanted


def _basis_points() -> int:
    """Percent as people type it: 12,5."""
    try:
        points = Decimal(text("percent").strip().replace(",", ".") or "0") * 100
        if not points.is_finite() or points != int(points) or not 0 <= points <= 10_000:
            raise InvalidOperation
    except InvalidOperation as error:
        raise InvalidFields({"percent": ("Yüzdeyi 12,5 gibi yazın.", "Type the percentage as in 12.5.")}) from error
    return int(points)


def _days() -> int:
    typed = text("window").strip()
    if not typed.isascii() or not typed.isdigit() or int(typed[:4]) > 365 or len(typed) > 3:
        raise InvalidFields({"window": ("0-365 arası bir sayı yazın.", "Type a number from 0 to 365.")})
    return int(typed)


def _midnight(name: str) -> datetime | None:
    """00:00 Istanbul of the day that was chosen."""
    wanted = day(name)
    return None if wanted is None else istanbul_midnight(wanted)
