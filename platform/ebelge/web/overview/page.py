"""The overview: open to every member who sees documents; kontör only to those who see the balance."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from billing.expiry import forecast
from billing.topups import watch
from ebelge.core.clock import add_months, istanbul_date
from ebelge.core.db import tenant_session
from ebelge.documents import month
from ebelge.documents.month import Counted
from ebelge.documents.states import STATE_TEXTS
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.onboarding import readiness
from ebelge.onboarding.checklist import Item
from ebelge.web.filters import number
from ebelge.web.frame import account_page
from ebelge.web.kontor import words
from ebelge.web.kontor.charge_kinds import charge_kind
from ebelge.web.overview import burn_down, first_steps, needs
from tenants import accounts, services
from tenants.services import RULES

blueprint = Blueprint("overview", __name__)
# Services on their way to being active: only these are asked what they wait for.
ON_THE_WAY: Final = frozenset({"checklist", "authorised", "asked_at_gib"})
KINDS: Final = ("efatura", "earsiv", "eirsaliye", "emm", "esmm")
TONES: Final = {"delivered": "good", "refused": "bad", "failed": "bad", "undelivered": "bad", "withdrawn": "quiet",
                "given_up": "quiet", "cancelled": "quiet"}  # fmt: skip


@blueprint.get("/overview")
@right("documents:read")
def show() -> Response:
    """What there is, what waits, how it burns down, what this month brought."""
    who, at, side = member(), request_at(), 0 if language() == "tr" else 1
    sees_kontor = "kontor:read" in who.rights
    first, last = _month(istanbul_date(at))
    operator_seal = readiness.operator_seal_until(who.mode, at=at) if _on_the_way(who.tenant_id) else None
    told, chart_points, standing = None, [], None
    with tenant_session(who.tenant_id) as session:
        if sees_kontor:
            lots = forecast.burning(session, tenant_id=who.tenant_id, at=at)
            told = forecast.foretell(lots, pace=forecast.pace(session, tenant_id=who.tenant_id, at=at))
            standing = watch.standing(session, tenant_id=who.tenant_id, at=at)
            chart_points = burn_down.points(session, tenant_id=who.tenant_id, told=told, lots=lots, at=at)
        waits, active = _activation(session, who.tenant_id, operator_seal, at, side)
        seen = needs.Seen(who, at, side)
        waiting = needs.of(session, seen, told=told, standing=standing, waits=waits)
        counted = month.counted(session, tenant_id=who.tenant_id, first=first, last=last, reach=reach())
        began = bool(counted) or month.any_at_all(session, tenant_id=who.tenant_id)
        sandbox_id = None if began else accounts.sandbox_of(session, tenant_id=who.tenant_id)
    steps = [] if began else first_steps.of(
        who, sandbox_id=sandbox_id, waits=waits, active=active, standing=standing, side=side
    )  # fmt: skip
    return account_page(
        "overview/show.html",
        sentence=words.sentence(told, turkish=side == 0) if told else _greeting(counted, side),
        needs=waiting,
        steps=steps,
        chart=burn_down.chart(chart_points, side=side) if told and (told.spendable or began) else None,
        table=burn_down.table(chart_points),
        lots=_lots(told) if told else [],
        month=_table(counted, first, last, side),
        first=first,
        last=last,
        narrowed=not reach().whole,
    )


def _on_the_way(tenant_id: UUID) -> bool:
    with tenant_session(tenant_id) as session:
        return any(row.state in ON_THE_WAY for row in services.services_of(session, tenant_id=tenant_id))


def _activation(
    session: Session, tenant_id: UUID, operator_seal: datetime | None, at: datetime, side: int
) -> tuple[list[tuple[str, Item]], bool]:
    """What services on their way still wait for, each with its service; and whether any is active."""
    rows = services.services_of(session, tenant_id=tenant_id)
    active = any(row.state in ("active", "closing") for row in rows)
    if not any(row.state in ON_THE_WAY for row in rows):
        return [], active
    found = readiness.of_tenant(session, tenant_id=tenant_id, operator_seal=operator_seal, at=at)
    return [
        ((RULES[one.service.service].name_tr, RULES[one.service.service].name_en)[side], item)
        for one in found if one.service.state in ON_THE_WAY
        for item in one.missing
    ], active  # fmt: skip


def _lots(told: forecast.Forecast) -> list[tuple[forecast.LotForecast, str, date]]:
    """What will become of each lot, the first to expire first."""
    return [
        (one, url_for("kontor_pages.lot", lot_id=one.lot_id), words.last_day(one.expires_at))
        for one in sorted(told.lots, key=lambda lot: lot.expires_at)
    ]


def _table(counted: list[Counted], first: date, last: date, side: int) -> dict[str, Any]:
    """This month by kind and state; every number leads to its documents."""
    kinds = [kind for kind in KINDS if any(one.kind == kind for one in counted)]
    counts = {(one.kind, one.state): one.documents for one in counted}
    days = {"from": first.isoformat(), "to": last.isoformat()}
    rows = []
    for state in STATE_TEXTS:
        if not any((kind, state) in counts for kind in kinds):
            continue
        cells = [(counts.get((kind, state), 0), _list(kind=kind, state=state, **days)) for kind in kinds]
        total = sum(count for count, _ in cells)
        rows.append({
            "name": STATE_TEXTS[state][side].partition(",")[0], "tone": TONES.get(state, "wait"), "cells": cells,
            "total": total, "path": _list(state=state, **days),
        })  # fmt: skip
    heads = [
        (charge_kind(kind)[side], sum(counts.get((kind, state), 0) for state in STATE_TEXTS),
         _list(kind=kind, **days))
        for kind in kinds
    ]  # fmt: skip
    return {"heads": heads, "rows": rows, "total": sum(one.documents for one in counted),
            "path": _list(**days)}  # fmt: skip


def _list(**filters: str) -> str:
    """The list of documents, filtered."""
    return f"{url_for('portal_documents.index')}?{urlencode(filters)}"


def _greeting(counted: list[Counted], side: int) -> str:
    """The first line of those who do not see the balance."""
    total = number(sum(one.documents for one in counted))
    return (f"Bu ay {total} belge.", f"{total} documents this month.")[side]


def _month(today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    return first, add_months(first, 1) - timedelta(days=1)
