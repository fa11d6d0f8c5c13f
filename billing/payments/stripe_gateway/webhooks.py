"""Stripe's webhooks: verified over the raw body by one of our secrets, young enough, of the right mode."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

import stripe

from billing.payments.errors import GatewayNotConfigured, UntrustedAnswer
from billing.payments.gateway import Notice
from billing.payments.redaction import redact
from billing.payments.stripe_gateway.answers import NAME, require_mode, text
from billing.payments.stripe_gateway.client import StripeSettings

HEADER = "stripe-signature"
NOTICE_BYTES_MAX = 512 * 1024
# What the endpoint subscribes to; any other type is taken in and leads to nothing.
EVENT_TYPES = (
    "checkout.session.completed", "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed", "checkout.session.expired", "payment_intent.succeeded",
    "payment_intent.payment_failed", "payment_intent.requires_action", "payment_intent.canceled",
    "setup_intent.succeeded", "setup_intent.setup_failed", "charge.refunded", "refund.created", "refund.updated",
    "refund.failed", "charge.dispute.created", "charge.dispute.updated", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated", "charge.dispute.closed", "radar.early_fraud_warning.created", "payout.paid",
    "payout.failed", "payout.reconciliation_completed",
)  # fmt: skip
_TIME = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)")
About = Literal["checkout", "payment", "refund", "dispute", "other"]
_ABOUT: Mapping[str, About] = {
    "checkout.session": "checkout", "payment_intent": "payment", "refund": "refund", "dispute": "dispute",
}  # fmt: skip


def open_notice(settings: StripeSettings, body: bytes, headers: Mapping[str, str], *, now_s: int) -> Notice:
    """Verify a webhook and say what to read because of it.

    :raises GatewayNotConfigured: no secret. :raises UntrustedAnswer: unsigned, forged, too old, unreadable.
    """
    header = next((value for name, value in headers.items() if name.casefold() == HEADER), "")
    if len(body) > NOTICE_BYTES_MAX:
        raise UntrustedAnswer("", "the webhook is too long")
    _verify(settings, body, header, now_s)
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UntrustedAnswer("", "the webhook is no JSON") from error
    if not isinstance(event, dict) or event.get("object") != "event" or not text(event.get("id")):
        raise UntrustedAnswer("", "the webhook is no event")
    require_mode(event, live=settings.is_live)
    return _notice(event)


def _verify(settings: StripeSettings, body: bytes, header: str, now_s: int) -> None:
    secrets = [secret for secret in settings.webhook_secrets if secret.strip()]
    if not secrets:
        raise GatewayNotConfigured("", "no webhook secret: webhooks cannot be verified")
    time_signed = _TIME.search(header)
    if time_signed is None or abs(now_s - int(time_signed[1])) > settings.webhook_tolerance_s:
        raise UntrustedAnswer("", "the webhook has no signature of these minutes")
    for secret in secrets:
        try:
            # The age is judged above by the instant that was passed in, not by the package's own clock.
            stripe.WebhookSignature.verify_header(body, header, secret, None)
        except (stripe.SignatureVerificationError, UnicodeError, TypeError):
            continue
        return
    raise UntrustedAnswer("", "the webhook is not signed by Stripe")


def _notice(event: Mapping[str, Any]) -> Notice:
    data = event.get("data")
    found = data.get("object") if isinstance(data, dict) else None
    value: Mapping[str, Any] = found if isinstance(found, dict) else {}
    kind = text(event.get("type"))
    about = _ABOUT.get(text(value.get("object")), "other")
    if kind == "charge.refunded":
        about = "payment"
    metadata = value.get("metadata")
    own_id = text(value.get("id"))
    return Notice(
        gateway=NAME,
        notice_id=text(event.get("id")),
        kind=kind,
        about=about,
        gateway_ref=own_id,
        payment_id=own_id if value.get("object") == "payment_intent" else text(value.get("payment_intent")),
        attempt_ref=text(metadata.get("attempt_ref")) if isinstance(metadata, dict) else "",
        claimed=text(value.get("payment_status")) or text(value.get("status")),
        raw=redact(event),
    )
