"""The wallet: what can be spent, held, frozen and about to expire; its lots as bars; one lot; why a balance is so.

From the balance or from any entry it is three clicks at most: the entry or the lot, then its document or its payment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from billing.expiry.forecast import forecast
from billing.ledger import balance, dues, pages
from billing.ledger.balance import Balance
from billing.ledger.journal import EFFECTS
from billing.ledger.models import Charge, Entry, Lot
from billing.ledger.pages import LotSums
from billing.statements.table import MOVEMENTS
from billing.topups import watch
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import pooling
from ebelge.web.frame import account_page
from ebelge.web.kontor import documents_of, origins, words
from ebelge.web.kontor.origins import Origin

blueprint = Blueprint("kontor_pages", __name__, url_prefix="/kontor")
LOTS_SHOWN: Final = 100
ENTRIES_SHOWN: Final = 50
TONES: Final = {"expired": "bad", "voided": "bad", "frozen": "wait", "reserved": "wait", "granted": "good",
                "received": "good", "restored": "good", "thawed": "good"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LotBar:
    """A lot as it is drawn: how much of it is gone, how much is left, what it cost and who gave it."""

    lot: Lot
    origin: Origin
    path: str
    left: int
    last_day: date
    will_expire: int

    @property
    def gone(self) -> int:
        """What can no more be spent: used, passed on, expired, voided."""
        return self.lot.granted - self.left


@blueprint.get("")
@right("kontor:read")
def show() -> Response:
    """What there is, and of which lots."""
    who, at, side = member(), request_at(), _side()
    with tenant_session(who.tenant_id) as session:
        now = balance.balance(session, tenant_id=who.tenant_id, at=at)
        told = forecast(session, tenant_id=who.tenant_id, at=at)
        lots = pages.living_lots(session, tenant_id=who.tenant_id, at=at, limit=LOTS_SHOWN)
        owed = dues.owed_kontor(session, tenant_id=who.tenant_id)
        low = watch.of(session, tenant_id=who.tenant_id)
    expiring = {one.lot_id: one.will_expire for one in told.lots}
    return account_page(
        "kontor/show.html",
        now=now,
        owed=owed,
        sentence=words.sentence(told, turkish=side == 0),
        loss=words.first_loss(told),
        next_last_day=words.last_day(now.next_expiry_at) if now.next_expiry_at else None,
        low=low.low_kontor if low else 0,
        bars=_bars(who.tenant_id, lots, expiring),
        drawable=pooling.drawable(who.tenant_id) if who.tenant_kind == "customer" else None,
        may_buy="kontor:buy" in who.rights,
    )


@blueprint.get("/lots")
@right("kontor:read")
def lots() -> Response:
    """Every lot there ever was, the newest first."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        found = pages.lots_page(session, tenant_id=tenant_id, limit=ENTRIES_SHOWN + 1, before=_uuid("before"))
    shown = found[:ENTRIES_SHOWN]
    more = url_for("kontor_pages.lots", before=shown[-1].lot_id) if len(found) > ENTRIES_SHOWN else ""
    return account_page("kontor/lots.html", bars=_bars(tenant_id, shown, {}), more=more)


@blueprint.get("/lots/<uuid:lot_id>")
@right("kontor:read")
def lot(lot_id: UUID) -> Response:
    """One lot: where it came from, and what became of it, document by document."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        found = pages.lot(session, tenant_id=tenant_id, lot_id=lot_id)
        moves = pages.entries_of_lot(
            session, tenant_id=tenant_id, of=found, after=_version("after"), limit=ENTRIES_SHOWN
        )
        charged = documents_of.charged(session, tenant_id, [one.charge_id for one in moves.entries])
    more = url_for("kontor_pages.lot", lot_id=lot_id, after=moves.next_after) if moves.next_after is not None else ""
    (bar,) = _bars(tenant_id, [found], {})
    return account_page(
        "kontor/lot.html",
        bar=bar,
        moves=[_move(one, charged, {lot_id: bar.origin}) for one in moves.entries],
        more=more,
    )


@blueprint.get("/why")
@right("kontor:read")
def why() -> Response:
    """Why the balance is what it is: all that came in less all that went, each down to its lots."""
    who, at = member(), request_at()
    with tenant_session(who.tenant_id) as session:
        now = balance.balance(session, tenant_id=who.tenant_id, at=at)
        sums = pages.sums(session, tenant_id=who.tenant_id)
        lots = pages.living_lots(session, tenant_id=who.tenant_id, at=at, limit=LOTS_SHOWN)
        newest = pages.entries_page(session, tenant_id=who.tenant_id, limit=10)
        charged = documents_of.charged(session, who.tenant_id, [one.charge_id for one in newest])
        moved = pages.lots(session, tenant_id=who.tenant_id, lot_ids=[one.lot_id for one in newest])
    came = origins.of(who.tenant_id, moved, _side())
    return account_page(
        "kontor/why.html", now=now, sums=sums, agrees=_agrees(now, sums), bars=_bars(who.tenant_id, lots, {}),
        moves=[_move(one, charged, came) for one in newest],
    )  # fmt: skip


@blueprint.get("/entries/<version>")
@right("kontor:read")
def entry(version: str) -> Response:
    """One movement: the balance before and after it, its lot with what paid for it, its document."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        found = pages.entry(session, tenant_id=tenant_id, version=_number(version) or 0)
        of = pages.lot(session, tenant_id=tenant_id, lot_id=found.lot_id)
        charged = documents_of.charged(session, tenant_id, [found.charge_id])
    before = tuple(
        after - effect * found.kontor
        for after, effect in zip((found.available, found.held, found.frozen), EFFECTS[found.kind], strict=True)
    )
    (bar,) = _bars(tenant_id, [of], {})
    return account_page(
        "kontor/entry.html", entry=found, move=_move(found, charged, {of.lot_id: bar.origin}), before=before, bar=bar
    )


def _agrees(now: Balance, sums: LotSums) -> bool:
    """Whether lots and balance say the same: what is left, held and frozen."""
    return (now.available, now.held, now.frozen) == (sums.remaining, sums.held, sums.frozen)


def _bars(tenant_id: UUID, lots: Sequence[Lot], expiring: dict[UUID, int]) -> list[LotBar]:
    found = origins.of(tenant_id, lots, _side())
    return [
        LotBar(
            one, found[one.lot_id], url_for("kontor_pages.lot", lot_id=one.lot_id),
            one.remaining + one.held + one.frozen, words.last_day(one.expires_at), expiring.get(one.lot_id, 0),
        )
        for one in lots
    ]  # fmt: skip


def _move(one: Entry, charged: dict[UUID, Charge], came: dict[UUID, Origin]) -> dict[str, object]:
    """A movement as lists show it: with its document, or else with where its lot came from."""
    side = _side()
    charge = charged.get(one.charge_id) if one.charge_id else None
    return {
        "version": one.version,
        "path": url_for("kontor_pages.entry", version=one.version),
        "at": one.at,
        "name": MOVEMENTS[one.kind][side],
        "tone": TONES.get(one.kind, "calm"),
        "kontor": one.kontor,
        "change": EFFECTS[one.kind][0] * one.kontor,
        "available": one.available,
        "lot_path": url_for("kontor_pages.lot", lot_id=one.lot_id),
        "came": came[one.lot_id],
        "document": documents_of.shown(charge, side) if charge else None,
    }


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(request.args[name]) if request.args.get(name) else None
    except ValueError as error:
        raise InvalidRequest("Sayfayı yenileyin.", "Reload the page.") from error


def _version(name: str) -> int | None:
    given = request.args.get(name, "")
    if given and _number(given) is None:
        raise InvalidRequest("Sayfayı yenileyin.", "Reload the page.")
    return _number(given)


def _number(given: str) -> int | None:
    """A number of an entry out of an address; None: it is none."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 18 else None


def _side() -> int:
    return 0 if language() == "tr" else 1
