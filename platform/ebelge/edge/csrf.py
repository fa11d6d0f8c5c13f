"""A form counts only if it was made by a page of ours for this browser: every change that a cookie could authorise.

Requests with an API key carry no cookie and need none; what gateways send has signatures of its own.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect, validate_csrf
from wtforms import ValidationError

from ebelge.core.derive import derived_keys
from ebelge.core.errors import DomainError

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
# Changes without a form of ours: gateways and their browsers' returns, GİB's envelopes (from its networks only).
EXEMPT = frozenset({
    "payment_webhooks.iyzico",
    "payment_webhooks.stripe",
    "payment_webhooks.iyzico_callback",
    "payment_webhooks.stripe_return",
    "gib_endpoint.live",
    "gib_endpoint.test",
})  # fmt: skip
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_protect = CSRFProtect()


class FormExpired(DomainError):
    """The form was not made by a page of ours for this browser, or for another session than the present one."""

    code, http_status = "form_expired", 400
    title_tr, title_en = "Sayfanın süresi doldu", "The page has expired"

    def __init__(self) -> None:
        super().__init__(
            "Hiçbir şey değiştirilmedi. Önceki sayfaya dönüp sayfayı yenileyin ve yeniden gönderin.",
            "Nothing was changed. Go back, reload the page and send it again.",
        )


def register(app: Flask) -> None:
    """Give forms their token, and ask for it."""
    keys = derived_keys("csrf")
    # bound to the session, so it lives as long; itsdangerous signs with the last key and checks with all
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SECRET_KEY=[*reversed(keys)])
    _protect.init_app(app)
    app.before_request(_check)


def _check() -> None:
    if request.method in _SAFE or request.endpoint is None or request.endpoint in EXEMPT:
        return
    if request.path.startswith("/api/"):
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise FormExpired()
    try:
        validate_csrf(request.headers.get(HEADER) or request.form.get(FIELD))
    except ValidationError as error:
        raise FormExpired() from error
