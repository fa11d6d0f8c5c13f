"""API keys of the company: made, exchanged and revoked by people; a secret is shown once, in the answer that makes it.

Test keys are made here, too, but belong to the company's sandbox.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.edge import limits
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.people import Member, member, right
from ebelge.edge.requests import request_at
from ebelge.web.forms import problem_of
from ebelge.web.frame import account_page
from tenants import accounts, api_keys, key_rotation
from tenants.api_keys import NewKey, scopes_of
from tenants.models import ApiKey
from tenants.people import persons

blueprint = Blueprint("keys", __name__, url_prefix="/settings/keys")
Mode = Literal["live", "test"]
_MODES: tuple[Mode, ...] = ("live", "test")
DAYS_MAX, FORM_BYTES_MAX, ENDED_SHOWN_MAX = 3650, 32 * 1024, 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as the page shows it."""

    mode: Mode
    key: ApiKey
    maker: str
    state: Literal["active", "expired", "revoked"]
    old_opens: bool


@blueprint.get("")
@right("keys:manage")
def index() -> Response:
    """The company's keys, and a form for a new one."""
    return _page()


@blueprint.post("")
@right("keys:manage")
@limits.body_up_to(FORM_BYTES_MAX)
def create() -> Response:
    """Make a key; this answer is the only one that has its secret."""
    mode, at = _mode(request.form.get("mode", "")), request_at()
    try:
        tenant_id, expires_at = _tenant_of(mode), _expiry(request.form.get("days", ""), at)
        with tenant_session(tenant_id) as session:
            made = api_keys.create(
                session,
                tenant_id=tenant_id,
                mode=mode,
                name=request.form.get("name", ""),
                scopes=request.form.getlist("scope"),
                expires_at=expires_at,
                addresses=request.form.get("addresses", "").replace(",", "\n").splitlines(),
                at=at,
                actor=actor(),
            )
    except DomainError as error:
        return _page(error=error)
    return _page(made=made)


@blueprint.post("/<mode>/<key_id>/rotate")
@right("keys:manage")
@limits.body_up_to(FORM_BYTES_MAX)
def rotate(mode: str, key_id: str) -> Response:
    """Give a key a new secret; this answer is the only one that has it."""
    which = _mode(mode)
    tenant_id = _tenant_of(which)
    try:
        with tenant_session(tenant_id) as session:
            made = key_rotation.rotate(
                session,
                tenant_id=tenant_id,
                mode=which,
                key_id=key_id,
                overlap_days=_number(request.form.get("overlap_days", ""), up_to=key_rotation.OVERLAP_DAYS_MAX),
                at=request_at(),
                actor=actor(),
            )
    except NotFound:
        raise
    except DomainError as error:
        return _page(error=error)
    return _page(made=made, exchanged=True)


@blueprint.post("/<mode>/<key_id>/end-old")
@right("keys:manage")
@limits.body_up_to(FORM_BYTES_MAX)
def end_old(mode: str, key_id: str) -> WerkzeugResponse:
    """End the secret of before an exchange now."""
    tenant_id = _tenant_of(_mode(mode))
    with tenant_session(tenant_id) as session:
        key_rotation.end_old_secret(session, tenant_id=tenant_id, key_id=key_id, at=request_at(), actor=actor())
    return redirect(url_for("keys.index"), HTTPStatus.SEE_OTHER)


@blueprint.post("/<mode>/<key_id>/revoke")
@right("keys:manage")
@limits.body_up_to(FORM_BYTES_MAX)
def revoke(mode: str, key_id: str) -> WerkzeugResponse:
    """End a key at once."""
    tenant_id = _tenant_of(_mode(mode))
    with tenant_session(tenant_id) as session:
        api_keys.revoke(session, tenant_id=tenant_id, key_id=key_id, at=request_at(), actor=actor())
    return redirect(url_for("keys.index"), HTTPStatus.SEE_OTHER)


def _page(*, made: NewKey | None = None, exchanged: bool = False, error: DomainError | None = None) -> Response:
    who = member()
    found = [one for mode in _MODES for one in _shown(who, mode)]
    ended = [one for one in found if one.state != "active"]
    return account_page(
        "settings/keys.html",
        status=error.http_status if error else HTTPStatus.CREATED if made else HTTPStatus.OK,
        keys=[one for one in found if one.state == "active"],
        ended=ended[:ENDED_SHOWN_MAX],
        made=made,
        exchanged=exchanged,
        error=problem_of(error) if error else None,
        given=request.form if error else {},
        scopes={name: words[0 if language() == "tr" else 1] for name, words in scopes_of(who.tenant_kind).items()},
        modes=_modes(who),
        own_address=request.remote_addr,
        when=_when,
    )


def _shown(who: Member, mode: Mode) -> list[Shown]:
    tenant_id, at = _accounts(who).get(mode), request_at()
    if tenant_id is None:
        return []
    with tenant_session(tenant_id) as session:
        keys = api_keys.keys(session, tenant_id=tenant_id)
        makers = _makers(session, {key.created_by for key in keys})
        return [
            Shown(
                mode=mode,
                key=key,
                maker=makers.get(key.created_by, ""),
                state="revoked" if key.revoked_at else "expired" if api_keys.ended(key, at=at) else "active",
                old_opens=key_rotation.old_opens(key, at=at),
            )
            for key in keys
        ]


def _makers(session: Session, marks: Collection[str]) -> Mapping[str, str]:
    """Who made keys, by their marks: people by name; the operator's commands and the account's set-up by none."""
    ids = {UUID(mark.partition(":")[2]): mark for mark in marks if mark.startswith(("person:", "staff:"))}
    named = persons.named(session, person_ids=list(ids)) if ids else {}
    return {mark: named[id_].full_name for id_, mark in ids.items() if id_ in named}


def _accounts(who: Member) -> dict[Mode, UUID]:
    """The company's own account and its sandbox; in the sandbox, only that."""
    if who.mode == "test":
        return {"test": who.tenant_id}
    with tenant_session(who.tenant_id) as session:
        sandbox = accounts.sandbox_of(session, tenant_id=who.tenant_id)
    return {"live": who.tenant_id, "test": sandbox} if sandbox else {"live": who.tenant_id}


def _modes(who: Member) -> list[Mode]:
    return list(_accounts(who))


def _tenant_of(mode: Mode) -> UUID:
    found = _accounts(member()).get(mode)
    if found is None:
        raise NotFound("Bu şirketin böyle bir hesabı yok.", "This company has no such account.")
    return found


def _mode(text: str) -> Mode:
    if text == "live":
        return "live"
    if text == "test":
        return "test"
    raise NotFound()


def _expiry(text: str, at: datetime) -> datetime | None:
    return at + timedelta(days=_number(text, up_to=DAYS_MAX, at_least=1)) if text.strip() else None


def _number(text: str, *, up_to: int, at_least: int = 0) -> int:
    plain = text.strip()
    if plain.isascii() and plain.isdecimal() and len(plain) <= 6 and at_least <= int(plain) <= up_to:
        return int(plain)
    raise InvalidRequest(
        f"Gün sayısı {at_least} ile {up_to} arasında olmalı. Hiçbir şey değiştirilmedi.",
        f"The number of days is {at_least} to {up_to}. Nothing was changed.",
    )


def _when(at: datetime) -> str:
    return f"{at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
