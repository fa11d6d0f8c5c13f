"""A pool's people: members, rights to draw, kontör used per day, offers, recall. Never a member's documents."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, Response
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.ledger import balance
from billing.models.pools import DrawRight, PoolUse
from billing.pools import draws, rights, use
from billing.pools.rights import Terms
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import pool_desk, pooling
from ebelge.web.forms import field, go_to, identifier, number, problem_of
from ebelge.web.frame import account_page

blueprint = Blueprint("pool_pages", __name__, url_prefix="/pool")
HOME: Final = "/pool"
USE_DAYS: Final = 31
STATES: Final[dict[str, tuple[str, tuple[str, str]]]] = {
    "offered": ("wait", ("Kabulü bekleniyor", "Waits for its yes")),
    "active": ("good", ("Çekebilir", "May draw")),
    "ended": ("quiet", ("Bitti", "Ended")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A member as its pool sees it. `used`: in the last 31 days; `resting`: the pool's kontör in its wallet."""

    right: DrawRight
    drawn: int
    used: int
    resting: int

    @property
    def left(self) -> int:
        """What the month's cap leaves."""
        return max(0, self.right.monthly_cap_kontor - self.drawn)


@dataclass(frozen=True, slots=True)
class Read:
    """What a pool's page shows."""

    spendable: int
    rows: list[Row]
    days: list[PoolUse]


@blueprint.get("")
@right("kontor:read")
def index() -> Response:
    """As a pool: the members, what they may draw, drew and used. As anybody else: what a pool lets one draw."""
    return _page() if member().tenant_kind == "pool" else _own_page()


@blueprint.get("/members/<uuid:member_id>")
@right("kontor:read")
def one(member_id: UUID) -> Response:
    """One member: its right, its use per day, new terms, recall. Another pool's member is not found."""
    return _member_page(member_id)


@blueprint.post("/offer")
@right("kontor:buy")
def offer() -> WerkzeugResponse:
    """Offer an account, by its VKN, a right to draw. It draws after it has accepted."""
    try:
        made = pool_desk.offer_by_vkn(_pool(), field("vkn", longest=11), terms=_terms(), by=member().mark)
    except DomainError as refusal:
        return _page(refusal=refusal)
    return go_to(f"{HOME}/members/{made.member_id}")


@blueprint.post("/members/<uuid:member_id>/terms")
@right("kontor:buy")
def change(member_id: UUID) -> WerkzeugResponse:
    """Other terms for a member; those of a right in force apply at once."""
    _known(member_id)
    try:
        pooling.offer(_pool(), member_id, terms=_terms(), by=member().mark)
    except DomainError as refusal:
        return _member_page(member_id, refusal=refusal)
    return go_to(f"{HOME}/members/{member_id}")


@blueprint.post("/members/<uuid:member_id>/recall")
@right("kontor:buy")
def recall(member_id: UUID) -> WerkzeugResponse:
    """Call back what is neither held nor spent: so much, or all of it; with `end` the right ends, too."""
    _known(member_id)
    try:
        kontor = number("kontor") if field("kontor", longest=12) else None
        came = pooling.recall(_pool(), member_id, kontor=kontor, end=field("end") == "1")
    except DomainError as refusal:
        return _member_page(member_id, refusal=refusal)
    return go_to(f"{HOME}/members/{member_id}?came={came}")


@blueprint.post("/accept")
@right("kontor:buy")
def accept() -> WerkzeugResponse:
    """As a member: take a pool's offer up; from then on it refills the wallet when it is short."""
    try:
        pooling.accept(member().tenant_id, identifier("pool_id"), by=member().mark)
    except DomainError as refusal:
        return _own_page(refusal=refusal)
    return go_to(HOME)


@blueprint.post("/leave")
@right("kontor:buy")
def leave() -> WerkzeugResponse:
    """As a member: leave a pool or refuse its offer; what is neither held nor spent goes back."""
    try:
        pooling.leave(member().tenant_id, identifier("pool_id"))
    except DomainError as refusal:
        return _own_page(refusal=refusal)
    return go_to(HOME)


def _pool() -> UUID:
    """:raises NotFound: the company of this person is none."""
    if member().tenant_kind != "pool":
        raise NotFound("Bu sayfa yalnız havuzlar içindir.", "This page is for pools only.")
    return member().tenant_id


def _terms() -> Terms:
    """:raises InvalidRequest: a field holds no whole number."""
    return Terms(
        block_kontor=number("block_kontor", ("Blok", "Block")),
        monthly_cap_kontor=number("monthly_cap_kontor", ("Aylık üst sınır", "Monthly cap")),
        threshold_kontor=number("threshold_kontor", ("Eşik", "Threshold"))
        if field("threshold_kontor", longest=12)
        else 0,
    )


def _known(member_id: UUID) -> DrawRight:
    """:raises NotFound: no member of this pool."""
    with tenant_session(_pool()) as session:
        found = rights.right_of(session, tenant_id=member().tenant_id, member_id=member_id)
        session.expunge_all()
    return found


def _read(at: datetime) -> Read:
    pool_id, since = _pool(), istanbul_date(at) - timedelta(days=USE_DAYS - 1)
    with tenant_session(pool_id) as session:
        spendable = balance.balance(session, tenant_id=pool_id, at=at).spendable
        drawn = draws.drawn_by_member(session, tenant_id=pool_id, month=draws.month_of(at))
        days = list(use.days(session, tenant_id=pool_id, since=since))
        used: dict[UUID, int] = {}
        for day in days:
            used[day.member_id] = used.get(day.member_id, 0) + day.used_kontor
        found = rights.rights(session, tenant_id=pool_id)
        session.expunge_all()
    resting = pool_desk.rest_with(pool_id, [one.member_id for one in found if one.accepted_at], at=at)
    rows = [
        Row(one, drawn.get(one.member_id, 0), used.get(one.member_id, 0), resting.get(one.member_id, 0))
        for one in found
    ]
    rows.sort(key=lambda row: (row.right.state == "ended", row.left, row.right.member_title))
    return Read(spendable, rows, days)


def _page(*, refusal: DomainError | None = None) -> Response:
    at = request_at()
    read = _read(at)
    per_day: dict[date, int] = {}
    for day in read.days:
        per_day[day.day] = per_day.get(day.day, 0) + day.used_kontor
    return account_page(
        "pool/index.html",
        status=refusal.http_status if refusal else 200,
        problem=problem_of(refusal) if refusal else None,
        read=read,
        states=STATES,
        chart=_chart(per_day, at),
        per_day=sorted(per_day.items(), reverse=True),
        may=_may(),
        given=_given(),
    )


def _member_page(member_id: UUID, *, refusal: DomainError | None = None) -> Response:
    at = request_at()
    read = _read(at)
    row = next((one for one in read.rows if one.right.member_id == member_id), None)
    if row is None:
        raise NotFound("Bu hesabın havuzda hakkı yok.", "That account has no right in this pool.")
    per_day = {day.day: day.used_kontor for day in read.days if day.member_id == member_id}
    return account_page(
        "pool/member.html",
        status=refusal.http_status if refusal else 200,
        problem=problem_of(refusal) if refusal else None,
        row=row,
        spendable=read.spendable,
        states=STATES,
        chart=_chart(per_day, at),
        per_day=sorted(per_day.items(), reverse=True),
        may=_may(),
    )


def _own_page(*, refusal: DomainError | None = None) -> Response:
    me, at = member().tenant_id, request_at()
    with tenant_session(me) as session:
        spendable = balance.balance(session, tenant_id=me, at=at).spendable
        offers = rights.memberships(session, tenant_id=me)
        session.expunge_all()
    return account_page(
        "pool/own.html",
        status=refusal.http_status if refusal else 200,
        problem=problem_of(refusal) if refusal else None,
        spendable=spendable,
        can=pooling.drawable(me),
        offers=offers,
        states=STATES,
        may=_may(),
    )


def _may() -> bool:
    return "kontor:buy" in member().rights


def _given() -> dict[str, str]:
    names = ("vkn", "block_kontor", "monthly_cap_kontor", "threshold_kontor")
    return {name: field(name, longest=40) for name in names}


def _chart(per_day: dict[date, int], at: datetime) -> dict[str, object]:
    """Kontör used per day of the last 31."""
    last = istanbul_date(at)
    days = [last - timedelta(days=USE_DAYS - 1 - n) for n in range(USE_DAYS)]
    name = "Kullanılan kontör" if language() == "tr" else "Kontör used"
    values = [per_day.get(day, 0) for day in days]
    return {
        "type": "bar",
        "labels": [f"{day:%d.%m}" for day in days],
        "series": [{"name": name, "values": values, "colour": "accent"}],
        "unit": "kontör",
    }
