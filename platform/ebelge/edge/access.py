"""Who may call a route: each is of exactly one kind, and what is of none is refused to everybody.

Public: it stands in `PUBLIC`. API: it names a scope (`@needs`). Page: it names a right (`people.right`). Page of the
person himself: `people.own_account`.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from flask import Flask, Response, current_app, g, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import utc_now
from ebelge.core.db import role_trips, tenant_trips
from ebelge.core.errors import DomainError
from ebelge.core.telemetry import bind
from ebelge.edge import people, sign_in
from ebelge.edge.people import CompanyNeeded, RightMissing, SecondFactorNeeded, SignInNeeded
from ebelge.edge.proxies import client_address
from ebelge.edge.requests import request_at
from tenants import api_keys, states
from tenants.addresses import Address
from tenants.api_keys import Bearer, Unauthenticated
from tenants.members.reach import WHOLE, Reach

View = TypeVar("View", bound=Callable[..., object])
PUBLIC = frozenset(
    {
        "health.healthz",
        "health.readyz",
        "reference.openapi_json",
        "reference.docs",
        "front.front",
        "front.services",
        "front.service",
        "front.faq",
        "status.show",
        "verify.show",
        "verify.check",
        "preferences.keep",
        "sign_in.show",
        "sign_in.sign_in",
        "sign_in.sign_out",
        "sign_in.factor",
        "sign_in.factor_given",
        "sign_in.passkey",
        "sign_in.passkey_answer",
        "sso.begin",
        "sso.answer",
        "person_links.forgotten",
        "person_links.ask",
        "person_links.reset",
        "person_links.set_password",
        "person_links.confirm",
        "person_links.confirmed",
        "person_links.email",
        "person_links.email_changed",
        "sign_up.show",
        "sign_up.apply",
        "sign_up.done",
        "enquiries.request_form",
        "enquiries.send_request",
        "enquiries.contact_form",
        "enquiries.send_contact",
        "enquiries.received",
        "prices.show",
        "texts.current",
        "texts.one",
        # behind a link that was sent to an address, and that alone shows what it shows
        "invitations.show",
        "invitations.accept",
        "invitations.join",
        "buyer.document_page",
        "buyer.view",
        "buyer.pdf",
        "buyer.signed_xml",
        "payments.result",
        "payments.neutral",
        "confirm.show",
        "confirm.pay",
        # an owner's answer to a wish to act for his company: behind a link that is itself the secret
        "acting.by_mail",
        "acting.answer_by_mail",
        # what gateways and returning browsers send: only has the gateway asked
        "payment_webhooks.iyzico",
        "payment_webhooks.stripe",
        "payment_webhooks.iyzico_callback",
        "payment_webhooks.stripe_return",
        # GİB pushes envelopes and asks about them: it has no key; its networks alone are let in
        "gib_endpoint.live",
        "gib_endpoint.test",
        "gib_endpoint.live_wsdl",
        "gib_endpoint.test_wsdl",
    }
)
# Rights of pages that a suspended tenant keeps for reading only.
SENDING = frozenset({"documents:send", "customers:onboard", "customers:pass", "customers:act"})
_RESELLER_SUSPENDED = (
    "Hesabınız etkin değil: müşterileriniz görünür, onlar için işlem yapılmaz. Destek ile görüşün.",
    "Your account is not active: you see your customers and do nothing for them. Ask support.",
)
_SUSPENDED = (
    "Belgeleriniz ve arşiviniz açık kalır; gönderim için destek ile görüşün.",
    "Your documents and archive stay open; ask support about sending.",
)
_log = logging.getLogger("ebelge.access")


class ScopeMissing(DomainError):
    """The key is valid but may not do this."""

    code, http_status = "scope_missing", 403
    title_tr, title_en = "Bu anahtarın yetkisi yok", "This key may not do that"


class TenantSuspended(DomainError):
    """The account may read but not send just now. Reading and legal answers are never stopped."""

    code, http_status = "tenant_not_active", 403
    title_tr, title_en = "Hesap gönderime kapalı", "The account cannot send just now"


def needs(scope: str, *, suspended_too: bool = False) -> Callable[[View], View]:
    """Mark a view: only keys with `scope` reach it. Scopes that end in :write also need a tenant that may send
    (`tenants.states`); with `suspended_too` every one that is not closed, where nothing is sent: a legal answer, a
    set-up, a payment, or a view that refuses a suspended one by itself what it may not do."""
    if scope not in api_keys.SCOPES | api_keys.RESELLER_SCOPES:
        raise ValueError(f"no such scope: {scope}")

    def mark(view: View) -> View:
        view.__dict__["needed_scope"] = scope
        view.__dict__["suspended_too"] = suspended_too
        return view

    return mark


def needed_scope(app: Flask, endpoint: str) -> str | None:
    """The scope an endpoint asks for; None if it asks for none."""
    return getattr(app.view_functions[endpoint], "needed_scope", None)


def needed_right(app: Flask, endpoint: str) -> str | None:
    """The right a page asks for; None if it asks for none."""
    return getattr(app.view_functions[endpoint], "needed_right", None)


def needs_person(app: Flask, endpoint: str) -> bool:
    """Whether a page is of the person himself, whatever tenant he works in."""
    return bool(getattr(app.view_functions[endpoint], "needs_person", False))


def _suspended_too(endpoint: str) -> bool:
    return bool(getattr(current_app.view_functions[endpoint], "suspended_too", False))


def register(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)
    app.after_request(_note_use)


def bearer() -> Bearer:
    """Who calls; only in views that name a scope."""
    who: Bearer = g.bearer
    return who


def reach() -> Reach:
    """What part of the tenant's documents the request in hand works with: a narrowed member's, or all (a key's)."""
    return people.member().reach if "member" in g else WHOLE


def _check() -> WerkzeugResponse | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC:
        return None  # no route: the framework answers 404 or 405
    if not request.path.startswith("/api/"):
        return _check_page(endpoint)
    _check_key(endpoint)
    return None


def _check_page(endpoint: str) -> WerkzeugResponse | None:
    """Let a person in, or lead him to what is missing; what would change something is refused instead."""
    right = needed_right(current_app, endpoint)
    try:
        if needs_person(current_app, endpoint):
            people.let_person_in()
        elif right is not None:
            who = people.let_in(right)
            g.log_fields.enter_context(bind(tenant_id=who.tenant_id, person_id=who.person_id))
            free = people.reads_only() or _suspended_too(endpoint)
            if right in SENDING and who.tenant_state != "active" and not free:
                raise TenantSuspended(*(_SUSPENDED if right == "documents:send" else _RESELLER_SUSPENDED))
        else:
            people.let_person_in()
            _log.error("page without a right", extra={"endpoint": endpoint})
            raise RightMissing()
    except (SignInNeeded, CompanyNeeded, SecondFactorNeeded) as missing:
        if not people.reads_only():
            raise
        return redirect(_place_for(missing), HTTPStatus.SEE_OTHER)
    return None


def _place_for(missing: SignInNeeded | CompanyNeeded | SecondFactorNeeded) -> str:
    """Where a visitor gets what he lacks, to come back here afterwards."""
    here = request.full_path.rstrip("?")
    if isinstance(missing, SignInNeeded):
        return sign_in.sign_in_url(here)
    if isinstance(missing, SecondFactorNeeded):
        return sign_in.second_factor_url(here)
    return url_for("companies.choose", next=here)


def _check_key(endpoint: str) -> None:
    who = _authenticate()
    g.bearer = who
    g.log_fields.enter_context(bind(tenant_id=who.tenant_id, key_id=who.key_id))
    scope = needed_scope(current_app, endpoint)
    if scope is None:
        _log.error("route without a scope", extra={"endpoint": endpoint})
        raise ScopeMissing()
    if scope not in who.scopes:
        raise ScopeMissing(
            f"Bu işlem için anahtarın '{scope}' yetkisi olmalı.",
            f"The key needs the scope '{scope}' for this.",
            needed_scope=scope,
        )
    let_in = states.SETS_UP if _suspended_too(endpoint) else states.SENDS
    if scope.endswith(":write") and who.tenant_state not in let_in:
        raise TenantSuspended(*_SUSPENDED)


def _authenticate() -> Bearer:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() != "bearer" or not token:
        raise Unauthenticated()
    with role_trips("app") as session:
        return api_keys.authenticate(session, token=token.strip(), address=client_address(), at=request_at())


def _note_use(response: Response) -> Response:
    who: Bearer | None = g.get("bearer")
    if who is not None and who.stale_use:
        # runs when the answer is out: the client does not wait for it
        address = client_address()
        response.call_on_close(lambda: _write_use(who, address))
    return response


def _write_use(who: Bearer, address: Address | None) -> None:
    try:
        with tenant_trips(who.tenant_id, durable=False) as session:
            api_keys.note_use(
                session,
                tenant_id=who.tenant_id,
                key_id=who.key_id,
                address=address,
                old_secret=who.old_secret,
                at=utc_now(),
            )
    except SQLAlchemyError:
        _log.warning("last use of a key was not noted", exc_info=True)
