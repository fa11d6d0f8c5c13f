"""What finance staff may change in the catalogue: append the next version, end one early, add a kind of charge.

The session is of the role `finance`. A successor and the end of the version before it are one transaction; the trigger
`version_only_ends` and EXCLUDE keep the same in the database.
"""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing.ledger.models import PUBLIC_SCOPE, ChargeKindRow, PriceRow
from billing.models.catalogue import PackageVersion, TenantPackage, TenantPrice
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.audit.deeds import house_deed

KONTOR_MAX = 10**9
PRICE_KURUS_MAX = 10**12
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_KIND = re.compile(r"[a-z0-9][a-z0-9._]{1,39}")
Version = PackageVersion | TenantPackage | PriceRow | TenantPrice


class VersionExists(Conflict):
    """Another version stands in the way of the one that is to begin."""

    code = "version_exists"
    title_tr, title_en = "Bu tarihte başka bir sürüm var", "Another version is valid then"


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a version is: everybody, the customers of a reseller, or one tenant."""

    reseller_id: UUID | None = None
    tenant_id: UUID | None = None


EVERYBODY = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageTerms:
    """A package's terms: net price in kuruş, KDV in percent, kontör valid for whole months once credited."""

    code: str
    name_tr: str
    name_en: str
    kontor: int
    bonus_kontor: int = 0
    net_price_kurus: int
    kdv_percent: int = 20
    validity_months: int = 6


def succeed_package(
    session: Session,
    *,
    terms: PackageTerms,
    scope: Scope = EVERYBODY,
    valid_from: datetime,
    valid_until: datetime | None = None,
    note: str,
    by: str,
    at: datetime,
) -> UUID:
    """Put a package (or its next version) on sale from an instant; the one that runs then ends there. Returns its id.

    :raises InvalidRequest: terms out of bounds, or a beginning in the past. :raises NotFound: no such tenant.
    :raises VersionExists: a version begins at that very instant, or a later one would be covered.
    """
    _check_terms(terms)
    model = PackageVersion if scope.tenant_id is None else TenantPackage
    values = {**asdict(terms), "version_id": new_id(), "note": note, "created_by": by, "created_at": at}
    _succeed(session, model, scope, {"code": terms.code}, values, valid_from, valid_until, at)
    facts = asdict(terms) | {"valid_from": valid_from, "note": note}
    del facts["name_tr"], facts["name_en"]
    _note(session, "package.published", ("package", values["version_id"]), scope, facts, by=by, at=at)
    return UUID(str(values["version_id"]))


def succeed_price(
    session: Session,
    *,
    kind: str,
    kontor: int,
    scope: Scope = EVERYBODY,
    valid_from: datetime,
    valid_until: datetime | None = None,
    note: str,
    by: str,
    at: datetime,
) -> UUID:
    """Give a charge kind a price (in kontör per unit) from an instant; the one that runs then ends there.

    Raises as `succeed_package`; NotFound also for a kind that does not exist.
    """
    _whole("kontor", kontor, 0, KONTOR_MAX)
    if session.get(ChargeKindRow, kind) is None:
        raise NotFound(f"'{kind}' türünde ücret yok.", f"There is no charge kind '{kind}'.")
    model = PriceRow if scope.tenant_id is None else TenantPrice
    values: dict[str, Any] = {"kind": kind, "price_id": new_id(), "kontor": kontor, "note": note}
    if model is TenantPrice:
        values |= {"created_by": by, "created_at": at}
    else:
        values["note"] = f"{note} ({by})"
    _succeed(session, model, scope, {"kind": kind}, values, valid_from, valid_until, at)
    facts = {"kind": kind, "kontor": kontor, "valid_from": valid_from, "note": note}
    _note(session, "price.set", ("price", values["price_id"]), scope, facts, by=by, at=at)
    return UUID(str(values["price_id"]))


def end_package(session: Session, *, code: str, scope: Scope = EVERYBODY, ends_at: datetime, at: datetime) -> None:
    """Take a package off sale from an instant to come. :raises NotFound: none is on sale then."""
    _end(session, PackageVersion if scope.tenant_id is None else TenantPackage, scope, {"code": code}, ends_at, at)
    _note(session, "package.ended", ("package", code), scope, {"code": code, "valid_until": ends_at}, at=at)


def end_price(session: Session, *, kind: str, scope: Scope, ends_at: datetime, at: datetime) -> None:
    """End a tenant's or a reseller's own price: the wider scope's counts from then on. :raises NotFound: none then.

    :raises InvalidRequest: the public price has a successor, never an end.
    """
    if scope == EVERYBODY:
        raise InvalidRequest(
            "Genel fiyat bitmez, yenisi gelir.", "The public price does not end; give the kind its next one."
        )
    _end(session, PriceRow if scope.tenant_id is None else TenantPrice, scope, {"kind": kind}, ends_at, at)
    _note(session, "price.ended", ("price", kind), scope, {"kind": kind, "valid_until": ends_at}, at=at)


def add_kind(session: Session, *, kind: str, title_tr: str, title_en: str, by: str, at: datetime) -> None:
    """Add a kind of thing that is paid in kontör; it can be charged once it has a price. The same again is nothing.

    The operator's own price of it is 0 at once.

    :raises InvalidRequest: not a kind's form. :raises VersionExists: it exists with other titles.
    """
    if not _KIND.fullmatch(kind) or not title_tr or not title_en:
        raise InvalidRequest(
            "Tür küçük harf, rakam, nokta ve alt çizgiden oluşur; iki dilde adı olur.",
            "A kind is small letters, digits, dots and underscores, and has a title in both languages.",
        )
    found = session.get(ChargeKindRow, kind)
    if found is None:
        session.add(ChargeKindRow(kind=kind, title_tr=title_tr, title_en=title_en))
        session.flush()
    elif (found.title_tr, found.title_en) != (title_tr, title_en):
        raise VersionExists(f"'{kind}' türü var.", f"The kind '{kind}' exists.")
    for tenant_id in session.scalars(text("SELECT tenant_id FROM tenant WHERE kind = 'operator'")).all():
        make_free(session, tenant_id=tenant_id, note="operator", by=by, at=at)


def make_free(session: Session, *, tenant_id: UUID, note: str, by: str, at: datetime) -> int:
    """Price 0 for every charge kind of a tenant that has no price of its own; returns how many were set.

    For the operator: its own invoices can never stop for lack of kontör (TRADE.md 9). Price 0 makes no charge.
    """
    own = select(TenantPrice.kind).where(TenantPrice.tenant_id == tenant_id, TenantPrice.valid.contains(at))
    kinds = session.scalars(select(ChargeKindRow.kind).where(ChargeKindRow.kind.not_in(own))).all()
    for kind in kinds:
        succeed_price(
            session, kind=kind, kontor=0, scope=Scope(tenant_id=tenant_id), valid_from=at, note=note, by=by, at=at
        )
    return len(kinds)


def _note(
    session: Session, action: str, about: tuple[str, object], scope: Scope, after: dict[str, Any], *, by: str = "",
    at: datetime,
) -> None:  # fmt: skip
    """In the log of the account whose terms they are: of the tenant, the reseller, else of the operator."""
    house_deed(
        session, tenant_id=scope.tenant_id or scope.reseller_id, action=action, object_kind=about[0],
        object_id=about[1], after=after, by=by, at=at,
    )  # fmt: skip


def _succeed(
    session: Session,
    model: type[Version],
    scope: Scope,
    key: dict[str, str],
    values: dict[str, Any],
    valid_from: datetime,
    valid_until: datetime | None,
    at: datetime,
) -> None:
    _check_scope(session, scope)
    if valid_from < at or (valid_until is not None and valid_until <= valid_from):
        raise InvalidRequest(
            "Sürüm geçmişte başlayamaz ve başlangıcından önce bitemez.",
            "A version cannot begin in the past, nor end before it begins.",
        )
    before = _running(session, model, scope, key, valid_from)
    if before is not None:
        if before.valid.lower == valid_from:
            raise VersionExists("Tam o anda başlayan bir sürüm var.", "A version begins at that very instant.")
        before.valid = Range(before.valid.lower, valid_from)
        session.flush()
    owner = {"scope": scope.reseller_id or PUBLIC_SCOPE} if scope.tenant_id is None else {"tenant_id": scope.tenant_id}
    try:
        with session.begin_nested():
            session.add(model(**values, **owner, valid=Range(valid_from, valid_until)))
    except IntegrityError as error:
        if "no_overlap" not in str(error.orig):
            raise
        raise VersionExists(
            "Daha sonra başlayacak bir sürüm var; bitiş tarihi verin.",
            "A later version is planned already; give an end that does not reach into it.",
        ) from error


def _end(
    session: Session, model: type[Version], scope: Scope, key: dict[str, str], ends_at: datetime, at: datetime
) -> None:
    running = _running(session, model, scope, key, ends_at)
    if running is None:
        name = next(iter(key.values()))
        raise NotFound(f"'{name}' o tarihte geçerli değil.", f"'{name}' is not on sale or in force then.")
    if ends_at < at or ends_at == running.valid.lower:
        raise InvalidRequest(
            "Bitiş geçmişte ya da tam başlangıçta olamaz.", "An end cannot lie in the past, nor at the beginning."
        )
    running.valid = Range(running.valid.lower, ends_at)
    session.flush()


def _running(session: Session, model: type[Version], scope: Scope, key: dict[str, str], instant: datetime) -> Any:
    wanted = select(model).where(model.valid.contains(instant)).with_for_update()
    for name, value in key.items():
        wanted = wanted.where(getattr(model, name) == value)
    if scope.tenant_id is None:
        wanted = wanted.where(model.scope == (scope.reseller_id or PUBLIC_SCOPE))  # type: ignore[union-attr]  # by scope
    else:
        wanted = wanted.where(model.tenant_id == scope.tenant_id)  # type: ignore[union-attr]  # by scope
    return session.scalars(wanted).one_or_none()


def _check_scope(session: Session, scope: Scope) -> None:
    if scope.tenant_id is not None and scope.reseller_id is not None:
        raise ValueError("a version is for a reseller's customers or for one tenant, not both")
    wanted = scope.tenant_id or scope.reseller_id
    if wanted is None:
        return
    kind = session.execute(text("SELECT kind FROM tenant WHERE tenant_id = :wanted"), {"wanted": wanted}).scalar()
    if kind is None or (scope.reseller_id is not None and kind != "reseller"):
        raise NotFound("Böyle bir hesap yok ya da bayi değil.", "There is no such account, or it is no reseller.")


def _check_terms(terms: PackageTerms) -> None:
    if not _CODE.fullmatch(terms.code):
        raise InvalidRequest(
            "Paket kodu 2-40 küçük harf, rakam ve tireden oluşur.",
            "A package code is 2 to 40 small letters, digits and dashes.",
        )
    if not terms.name_tr.strip() or not terms.name_en.strip():
        raise InvalidRequest("Paketin iki dilde adı olur.", "A package has a name in both languages.")
    _whole("kontor", terms.kontor, 1, KONTOR_MAX)
    _whole("bonus_kontor", terms.bonus_kontor, 0, KONTOR_MAX)
    _whole("net_price_kurus", terms.net_price_kurus, 1, PRICE_KURUS_MAX)
    _whole("kdv_percent", terms.kdv_percent, 0, 100)
    _whole("validity_months", terms.validity_months, 1, 120)


def _whole(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidRequest(
            f"{name} {least} ile {most} arasında tam sayı olmalı.", f"{name} is a whole number from {least} to {most}."
        )
