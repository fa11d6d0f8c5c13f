"""Who may call a route: each names its scope, or stands in the public list; everything else is refused."""

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from ebelge.core.clock import utc_now
from ebelge.core.db import role_trips, tenant_trips
from ebelge.core.errors import DomainError
from ebelge.core.telemetry import bind
from ebelge.edge.requests import request_at
from tenants import api_keys, states
from tenants.api_keys import Bearer, Unauthenticated

View = TypeVar("View", bound=Callable[..., object])
PUBLIC = frozenset(
    {
        "health.healthz",
        "health.readyz",
        "reference.openapi_json",
        "reference.docs",
        "public.front",
        "static",
        "buyer.document_page",
        "buyer.view",
        "buyer.signed_xml",
        "payments.result",
        "payments.neutral",
        "confirm.show",
        "confirm.pay",
        # what gateways and returning browsers send: only has the gateway asked
        "payment_webhooks.iyzico",
        "payment_webhooks.stripe",
        "payment_webhooks.iyzico_callback",
        "payment_webhooks.stripe_return",
    }
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
    if scope not in api_keys.SCOPES:
        raise ValueError(f"no such scope: {scope}")

    def mark(view: View) -> View:
        view.__dict__["needed_scope"] = scope
        view.__dict__["suspended_too"] = suspended_too
        return view

    return mark


def needed_scope(app: Flask, endpoint: str) -> str | None:
    """The scope an endpoint asks for; None if it asks for none."""
    return getattr(app.view_functions[endpoint], "needed_scope", None)


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


def _check() -> None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC:
        return  # no route: the framework answers 404 or 405
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
        raise TenantSuspended(
            "Belgeleriniz ve arşiviniz açık kalır; gönderim için destek ile görüşün.",
            "Your documents and archive stay open; ask support about sending.",
        )


def _authenticate() -> Bearer:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() != "bearer" or not token:
        raise Unauthenticated()
    with role_trips("app") as session:
        return api_keys.authenticate(session, token=token.strip(), at=request_at())


def _note_use(response: Response) -> Response:
    who: Bearer | None = g.get("bearer")
    if who is not None and who.stale_use:
        # runs when the answer is out: the client does not wait for it
        response.call_on_close(lambda: _write_use(who))
    return response


def _write_use(who: Bearer) -> None:
    try:
        with tenant_trips(who.tenant_id, durable=False) as session:
            api_keys.note_use(session, tenant_id=who.tenant_id, key_id=who.key_id, at=utc_now())
    except SQLAlchemyError:
        _log.warning("last use of a key was not noted", exc_info=True)
