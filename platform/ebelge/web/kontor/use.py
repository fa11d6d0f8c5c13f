"""What kontör were used for: by day, kind, person and key, each number down to the documents it is made of."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from billing.statements import usage
from billing.statements.table import MOVEMENTS
from billing.statements.usage import By
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.web.frame import account_page
from ebelge.web.kontor import documents_of
from ebelge.web.kontor.charge_kinds import charge_kind
from ebelge.web.kontor.statement import period
from ebelge.web.kontor.wallet import TONES
from tenants import api_keys
from tenants.members import memberships

blueprint = Blueprint("kontor_use", __name__, url_prefix="/kontor/usage")
WAYS: Final[dict[By, tuple[str, str]]] = {
    "day": ("Gün", "Day"), "kind": ("Tür", "Kind"), "user": ("Kişi", "Person"), "api_key": ("API anahtarı", "API key"),
}  # fmt: skip
PARTS_SHOWN: Final = 100
KEY_MAX: Final = 200


@blueprint.get("")
@right("kontor:read")
def show() -> Response:
    """Use in a period, in one of four ways."""
    side, tenant_id = _side(), member().tenant_id
    by = _by()
    first, last = period(istanbul_date(request_at()))
    asked = {"from": first.isoformat(), "to": last.isoformat()}
    with tenant_session(tenant_id) as session:
        found = usage.usage(session, tenant_id=tenant_id, first=first, last=last, by=by)
        named = _names(session, by)
    by_key = {one.key: one for one in found}
    rows = [
        {
            "name": _name(by, one.key, named, side),
            "kontor": one.kontor,
            "charges": one.charges,
            "path": f"{url_for('kontor_use.parts')}?{urlencode({**asked, 'by': by, 'key': one.key})}",
        }
        for one in found
    ]
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    labels = [f"{day[8:]}.{day[5:7]}" for day in days] if by == "day" else [str(row["name"]) for row in rows]
    values = (
        [by_key[day].kontor if day in by_key else 0 for day in days] if by == "day" else [one.kontor for one in found]
    )
    return account_page(
        "kontor/usage.html",
        by=by,
        ways=[
            (f"{url_for('kontor_use.show')}?{urlencode({**asked, 'by': name})}", title[side], name == by)
            for name, title in WAYS.items()
        ],
        head=WAYS[by][side],
        rows=rows,
        total=sum(one.kontor for one in found),
        first=first,
        last=last,
        chart={
            "type": "bar", "labels": labels, "unit": "kontör",
            "series": [{"name": ("Kullanılan", "Used")[side], "values": values, "colour": "accent"}],
        },
    )  # fmt: skip


@blueprint.get("/parts")
@right("kontor:read")
def parts() -> Response:
    """The movements that one number is made of, with their documents."""
    side, tenant_id, by = _side(), member().tenant_id, _by()
    first, last = period(istanbul_date(request_at()))
    key, after = request.args.get("key", "")[:KEY_MAX], request.args.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) <= 18 else 0
    with tenant_session(tenant_id) as session:
        found = usage.parts(
            session, tenant_id=tenant_id, first=first, last=last, by=by, key=key, after=start, limit=PARTS_SHOWN + 1
        )
        seen = documents_of.within(session, tenant_id, sorted({one.charge_id for one in found}))
        named = _names(session, by)
    asked = {"from": first.isoformat(), "to": last.isoformat(), "by": by, "key": key}
    more = ""
    if len(found) > PARTS_SHOWN:
        more = f"{url_for('kontor_use.parts')}?{urlencode({**asked, 'after': found[PARTS_SHOWN - 1].version})}"
    rows: list[dict[str, Any]] = [
        {
            "path": url_for("kontor_pages.entry", version=one.version),
            "at": one.at,
            "name": MOVEMENTS[one.kind][side],
            "tone": TONES.get(one.kind, "calm"),
            "document": documents_of.behind(one.charge_id, one.charge_kind, one.reference, side)
            if seen is None or one.charge_id in seen
            else None,
            "kontor": one.kontor if one.kind == "captured" else -one.kontor,
        }
        for one in found[:PARTS_SHOWN]
    ]
    back = f"{url_for('kontor_use.show')}?{urlencode({name: asked[name] for name in ('from', 'to', 'by')})}"
    return account_page(
        "kontor/usage_parts.html", name=_name(by, key, named, side), rows=rows, more=more, back=back, first=first,
        last=last,
    )  # fmt: skip


def _by() -> By:
    asked = request.args.get("by", "day")
    return next((name for name in WAYS if name == asked), "day")


def _names(session: Session, by: By) -> dict[str, str]:
    """How people and keys are called, by what a document says of who made it."""
    tenant_id = member().tenant_id
    if by == "user":
        people = memberships.colleagues(session, tenant_id=tenant_id)
        return {f"person:{one.person_id}": one.full_name for one in people}
    if by == "api_key":
        return {one.key_id: one.name for one in api_keys.keys(session, tenant_id=tenant_id)}
    return {}


def _name(by: By, key: str, named: dict[str, str], side: int) -> str:
    if by == "kind":
        return charge_kind(key)[side]
    if by == "day":
        return f"{key[8:]}.{key[5:7]}.{key[:4]}" if len(key) == 10 else key
    if not key:
        return (
            (("API ile", "By API")[side] if by == "user" else ("Kişilerce", "By people")[side])
            + " / "
            + ("kendiliğinden", "by itself")[side]
        )
    return named.get(key) or (("Ayrılan kişi", "Somebody who left")[side] if key.startswith("person:") else key)


def _side() -> int:
    return 0 if language() == "tr" else 1
