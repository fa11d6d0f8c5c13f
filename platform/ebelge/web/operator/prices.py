"""Price lists: packages on sale, and what each kind of charge costs, in dated versions. A change appends the next."""

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.catalogue import kept, listed
from billing.ledger.models import PUBLIC_SCOPE
from ebelge.core.clock import istanbul_midnight
from ebelge.core.db import role_session
from ebelge.core.errors import NotFound
from ebelge.core.money import kurus
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.forms import plain_figure
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, attempt, day, text
from tenants.fields import InvalidFields
from tenants.leads import takers
from tenants.models import Tenant

blueprint = Blueprint("operator_prices", __name__, url_prefix="/operator/prices")
INDEX: Final = "operator_prices.index"
_WHOLE_MAX: Final = 9


@blueprint.get("")
@right("tenants:manage")
def index() -> Response:
    """Packages and prices, now and to come: everybody's; with `reseller` or `account` in the address those of its
    customers, or its own."""
    return _show(EMPTY)


@blueprint.post("/package")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def package() -> Response | WerkzeugResponse:
    """Put a package on sale on a list, or its next version; the one that runs then ends there."""

    def work(session: Session, at: datetime) -> None:
        terms = kept.PackageTerms(
            code=text("code").strip(), name_tr=text("name_tr").strip(), name_en=text("name_en").strip(),
            kontor=_whole("kontor"), bonus_kontor=_whole("bonus", "0"), net_price_kurus=_kurus("price"),
            kdv_percent=_whole("kdv_percent"), validity_months=_whole("months"),
        )  # fmt: skip
        kept.succeed_package(
            session, terms=terms, scope=_scope(), valid_from=_from(at), note=_note(), by=member().mark, at=at
        )

    return _finance(work)


@blueprint.post("/price")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def price() -> Response | WerkzeugResponse:
    """Give a kind of charge its next price."""

    def work(session: Session, at: datetime) -> None:
        kept.succeed_price(
            session, kind=text("kind").strip(), kontor=_whole("kind_kontor"), scope=_scope(),
            valid_from=_from(at), note=_note(), by=member().mark, at=at,
        )  # fmt: skip

    return _finance(work)


@blueprint.post("/end")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def end() -> Response | WerkzeugResponse:
    """Take a package off sale now. Orders that were placed keep their terms."""
    return _finance(lambda session, at: kept.end_package(session, code=text("code"), scope=_scope(), ends_at=at, at=at))


@blueprint.post("/end-price")
@right("tenants:manage")
@body_up_to(FORM_BYTES_MAX)
def end_price() -> Response | WerkzeugResponse:
    """End a reseller's or an account's own cost of a kind: the wider list's counts from now on."""
    return _finance(lambda session, at: kept.end_price(session, kind=text("kind"), scope=_scope(), ends_at=at, at=at))


def _finance(work: Callable[[Session, datetime], None]) -> Response | WerkzeugResponse:
    def done() -> None:
        _owner(_scope())
        with role_session("finance") as session:
            work(session, request_at())

    scope = _scope()
    return attempt(done, show=_show, to=INDEX, reseller=scope.reseller_id, account=scope.tenant_id)


def _show(form: Form) -> Response:
    at, scope = request_at(), _scope()
    owner = _owner(scope)
    with role_session("finance") as session:
        packages, prices = listed.packages(session, at=at), listed.prices(session, at=at)
    with role_session("reader") as session:
        resellers = takers.resellers(session)
        accounts = _titles(session, {row.tenant_id for row in (*packages, *prices) if row.tenant_id is not None})
    own = {row.scope for row in (*packages, *prices) if row.tenant_id is None}
    return account_page(
        "operator/prices.html", form=form, at=at, scope=scope, owner=owner,
        packages=[row for row in packages if _is_of(row, scope)], prices=[row for row in prices if _is_of(row, scope)],
        kinds=sorted({row.kind for row in prices}), accounts=accounts,
        lists=[(one.id, one.name, one.id in own) for one in resellers], side=0 if language() == "tr" else 1,
    )  # fmt: skip


def _is_of(row: Any, scope: kept.Scope) -> bool:
    """Whether a version stands on this very list."""
    if row.tenant_id is not None or scope.tenant_id is not None:
        return bool(row.tenant_id == scope.tenant_id)
    return bool(row.scope == (scope.reseller_id or PUBLIC_SCOPE))


def _owner(scope: kept.Scope) -> str:
    """Whose list it is, by title; "" for everybody's. :raises NotFound: no such reseller or live account."""
    whose = scope.tenant_id or scope.reseller_id
    if whose is None:
        return ""
    with role_session("reader") as session:
        if scope.tenant_id is None:
            titles = {one.id: one.name for one in takers.resellers(session)}
        else:
            titles = dict(_titles(session, {whose}))
    if whose not in titles:
        raise NotFound()
    return titles[whose]


def _titles(session: Session, tenant_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """Live accounts by title, without the operator, whose own costs are 0."""
    wanted = select(Tenant.tenant_id, Tenant.title).where(
        Tenant.tenant_id.in_(tenant_ids), Tenant.mode == "live", Tenant.kind != "operator"
    )
    return [(row.tenant_id, row.title) for row in session.execute(wanted.order_by(Tenant.title, Tenant.tenant_id))]


def _scope() -> kept.Scope:
    """Whose list it is. :raises NotFound: the address names nobody, or two."""
    reseller, account = request.values.get("reseller", ""), request.values.get("account", "")
    try:
        scope = kept.Scope(UUID(reseller) if reseller else None, UUID(account) if account else None)
    except ValueError as error:
        raise NotFound() from error
    if reseller and account:
        raise NotFound()
    return scope


def _whole(name: str, absent: str = "") -> int:
    typed = text(name).strip().replace(".", "") or absent
    if not typed.isascii() or not typed.isdigit() or len(typed) > _WHOLE_MAX:
        raise InvalidFields({name: ("Tam sayı yazın.", "Type a whole number.")})
    return int(typed)


def _kurus(name: str) -> int:
    """Lira as people type them: 1.249,90, 1.249 or 1249.90."""
    typed = text(name).strip()
    try:
        amount = Decimal(plain_figure(typed))
        if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
            raise InvalidOperation
    except InvalidOperation as error:
        raise InvalidFields({name: ("Tutarı 1.249,90 gibi yazın.", "Type the amount as in 1249.90.")}) from error
    return kurus(amount)


def _from(at: datetime) -> datetime:
    """00:00 Istanbul of the day that was chosen; now, where none was."""
    wanted = day("valid_from")
    return at if wanted is None else istanbul_midnight(wanted)


def _note() -> str:
    words = text("note").strip()
    if not words:
        raise InvalidFields({"note": ("Nedenini yazın.", "Write the reason.")})
    return words[:500]
