"""Who looks at a page and what he may do there: `@right(…)` at the view, `member()` inside it.

The tenant is never in an address: it is the one that the session chose. Role, reach and rights are read anew with each
request, so whoever is removed or demoted is so at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask import current_app, g, request

from ebelge.core.db import person_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.edge import acting, actors, sign_in
from ebelge.edge.requests import request_at
from ebelge.edge.sign_in import SignedIn
from tenants.members import memberships
from tenants.members.memberships import Seat
from tenants.members.reach import WHOLE, Reach
from tenants.rights import NEEDS_SECOND_FACTOR, NOT_IN_SANDBOX, RIGHTS, ROLES, Role
from tenants.texts import acceptances
from tenants.texts.kinds import STOPPED

View = TypeVar("View", bound=Callable[..., object])
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(DomainError):
    """Nobody is signed in. On pages the visitor is led to where he signs in, and back."""

    code, http_status = "sign_in_needed", 401
    title_tr, title_en = "Giriş yapmanız gerekiyor", "Please sign in"
    advice_tr = "Hiçbir şey değiştirilmedi. Giriş yapıp yeniden deneyin."
    advice_en = "Nothing was changed. Sign in and try again."


class CompanyNeeded(DomainError):
    """Several tenants, and none is chosen; or the chosen one is his no more."""

    code, http_status = "company_needed", 403
    title_tr, title_en = "Şirket seçmeniz gerekiyor", "Please choose a company"
    advice_tr = "Hiçbir şey değiştirilmedi. Şirketi seçip yeniden deneyin."
    advice_en = "Nothing was changed. Choose the company and try again."


class SecondFactorNeeded(DomainError):
    """The role asks for a second factor, and this session gave none."""

    code, http_status = "second_factor_needed", 403
    title_tr, title_en = "İkinci doğrulama gerekiyor", "A second factor is needed"
    advice_tr = "Bu yetki ikinci doğrulama ister. Hesabınızda kurup yeniden giriş yapın."
    advice_en = "This role asks for a second factor. Set one up in your account and sign in again."


class RightMissing(DomainError):
    """The person's role does not allow this."""

    code, http_status = "right_missing", 403
    title_tr, title_en = "Bunun için yetkiniz yok", "Your role does not allow this"


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody from outside at work in a customer's account, with its consent, for a while."""

    acting_id: UUID
    by_tenant_id: UUID
    by_title: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """The person at this page, in the tenant that his session chose."""

    person_id: UUID
    full_name: str
    session_id: UUID
    tenant_id: UUID
    tenant_kind: str
    mode: str
    tenant_state: str
    tenant_title: str
    role: Role
    rights: frozenset[str]
    reach: Reach
    acting: Acting | None = None

    @property
    def branch_ids(self) -> frozenset[UUID]:
        """Branches he is narrowed to; empty: all."""
        return self.reach.branch_ids

    @property
    def series_prefixes(self) -> frozenset[str]:
        """Series he is narrowed to; empty: all."""
        return self.reach.series_prefixes

    @property
    def mark(self) -> str:
        """How a row names who made it."""
        return f"person:{self.person_id}"


def right(name: str, *, suspended_too: bool = False) -> Callable[[View], View]:
    """Mark a page: only members whose role has the right `name` reach it; `suspended_too`: of a suspended company too
    (a legal answer is never stopped)."""
    if name not in RIGHTS:
        raise ValueError(f"no such right: {name}")

    def mark(view: View) -> View:
        view.__dict__["needed_right"] = name
        view.__dict__["suspended_too"] = suspended_too
        return view

    return mark


def own_account(view: View) -> View:
    """Mark a page of the person himself: he is signed in, and which tenant he works in does not matter."""
    view.__dict__["needs_person"] = True
    return view


def member() -> Member:
    """Who is at this page; only in views marked with `@right`."""
    who: Member = g.member
    return who


def person() -> SignedIn:
    """Who is signed in; only in views marked with `@right` or `@own_account`."""
    who: SignedIn = g.person
    return who


def let_person_in() -> SignedIn:
    """Let in whoever is signed in. :raises SignInNeeded: nobody is."""
    who = sign_in.signed_in()
    if who is None:
        raise SignInNeeded()
    g.person, g.person_language = who, who.language
    actors.known_as(person_id=who.person_id, name=who.full_name or who.email)
    return who


def let_in(needed: str) -> Member:
    """Let the request in if its person may do `needed` in the tenant he chose.

    :raises SignInNeeded, CompanyNeeded, SecondFactorNeeded, RightMissing: he may not, or not yet.
    """
    who = let_person_in()
    found = member_of(who, my_seats(who))
    if found is None:
        raise CompanyNeeded()
    if found.role in NEEDS_SECOND_FACTOR and not who.second_factor:
        raise SecondFactorNeeded()
    if needed not in found.rights:
        raise RightMissing(f"Gereken yetki: {RIGHTS[needed][0]}.", f"It needs the right: {RIGHTS[needed][1]}.")
    g.member = found
    if found.acting is not None:
        actors.known_as(person_id=who.person_id, name=who.full_name, for_whom=found.tenant_id, of=found.acting.by_title)
    # a legal answer has its day: it waits for no text
    legal = bool(getattr(current_app.view_functions.get(request.endpoint or ""), "suspended_too", False))
    if needed in STOPPED and not legal and not reads_only():
        _texts_accepted(found, needed)
    return found


def _texts_accepted(found: Member, needed: str) -> None:
    """What sends or buys waits for the texts in force. :raises TextsOutstanding: one is not accepted."""
    with tenant_session(found.tenant_id) as session:
        acceptances.check(
            session, tenant_id=found.tenant_id, person_id=found.person_id, right=needed, at=request_at(),
            guest=found.acting is not None,
        )  # fmt: skip


def my_seats(who: SignedIn) -> Sequence[Seat]:
    """Where the person is a member, asked once per request."""
    if "seats" not in g:
        with person_session(who.person_id) as session:
            g.seats = memberships.seats(session, person_id=who.person_id)
    found: list[Seat] = g.seats
    return found


def several(seats: Sequence[Seat]) -> bool:
    """Whether the person works in several companies; a sandbox belongs to its own."""
    return sum(seat.mode == "live" for seat in seats) > 1


def member_of(who: SignedIn, seats: Sequence[Seat]) -> Member | None:
    """The person in the tenant of his choice; in his only company where he has one; None if that is to be chosen."""
    chosen = [seat for seat in seats if seat.tenant_id == who.tenant_id]
    if who.tenant_id is None:
        live = [seat for seat in seats if seat.mode == "live"]
        chosen = live if len(live) == 1 else []
    if not chosen:
        return _guest(who, seats)
    seat = chosen[0]
    rights = ROLES[seat.role] - (NOT_IN_SANDBOX if seat.mode == "test" else frozenset())
    return Member(
        person_id=who.person_id, full_name=who.full_name, session_id=who.session_id, tenant_id=seat.tenant_id,
        tenant_kind=seat.kind, mode=seat.mode, tenant_state=seat.state, tenant_title=seat.title, role=seat.role,
        rights=rights, reach=seat.reach,
    )  # fmt: skip


def _guest(who: SignedIn, seats: Sequence[Seat]) -> Member | None:
    """The person in a customer's account, with the rights that its consent gives, in the role that he has at home."""
    found = acting.guest(who, seats)
    if found is None or who.tenant_id is None:
        return None
    by = found.acting
    return Member(
        person_id=who.person_id, full_name=who.full_name, session_id=who.session_id, tenant_id=who.tenant_id,
        tenant_kind=found.kind, mode=found.mode, tenant_state=found.state, tenant_title=found.title,
        role=found.home.role, rights=by.rights, reach=WHOLE,
        acting=Acting(by.acting_id, by.acting_tenant_id, by.acting_title, by.reason, by.until),
    )  # fmt: skip


def reads_only() -> bool:
    """Whether this request, by its method, changes nothing."""
    return request.method in READING
