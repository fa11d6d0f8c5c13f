"""Which gateways this installation has. One that is not configured is not there: no button, no route, no webhook."""

from collections.abc import Mapping

from billing.payments.errors import GatewayNotConfigured
from billing.payments.gateway import PaymentGateway
from billing.payments.iyzico.gateway import IyzicoGateway
from billing.payments.iyzico.wire import SANDBOX_BASE_URL, IyzicoSettings
from billing.payments.stripe_gateway.client import API_BASE_URL, StripeSettings
from billing.payments.stripe_gateway.gateway import StripeGateway
from ebelge.core.config import ConfigurationError


class HalfConfigured(ConfigurationError):
    """A gateway has some of its settings and lacks others; the program does not start with it."""


def gateways(environment: Mapping[str, str]) -> dict[str, PaymentGateway]:
    """The configured gateways by name.

    iyzico: EBELGE_IYZICO_API_KEY, EBELGE_IYZICO_SECRET_KEY (also verifies its webhooks), EBELGE_IYZICO_BASE_URL
    (default: the sandbox), EBELGE_IYZICO_MERCHANT_ID, EBELGE_IYZICO_REFUND_BY (item or payment).
    Stripe: EBELGE_STRIPE_API_KEY, EBELGE_STRIPE_WEBHOOK_SECRET (several, parted by commas, while one is exchanged),
    EBELGE_STRIPE_BASE_URL. :raises HalfConfigured: a key without its secret, or the other way round.
    """
    found: dict[str, PaymentGateway] = {}
    iyzico = _both(environment, "EBELGE_IYZICO_API_KEY", "EBELGE_IYZICO_SECRET_KEY")
    if iyzico:
        found["iyzico"] = IyzicoGateway(
            IyzicoSettings(
                api_key=iyzico[0],
                secret_key=iyzico[1],
                base_url=_value(environment, "EBELGE_IYZICO_BASE_URL") or SANDBOX_BASE_URL,
                merchant_id=_value(environment, "EBELGE_IYZICO_MERCHANT_ID"),
                refund_by=_value(environment, "EBELGE_IYZICO_REFUND_BY") or "item",
            )
        )
    stripe = _both(environment, "EBELGE_STRIPE_API_KEY", "EBELGE_STRIPE_WEBHOOK_SECRET")
    if stripe:
        found["stripe"] = StripeGateway(
            StripeSettings(
                api_key=stripe[0],
                webhook_secrets=tuple(secret.strip() for secret in stripe[1].split(",")),
                base_url=_value(environment, "EBELGE_STRIPE_BASE_URL") or API_BASE_URL,
            )
        )
    return found


def gateway(configured: Mapping[str, PaymentGateway], name: str) -> PaymentGateway:
    """One of them. :raises GatewayNotConfigured: it is not set up here."""
    found = configured.get(name)
    if found is None:
        raise GatewayNotConfigured()
    return found


def _both(environment: Mapping[str, str], key: str, secret: str) -> tuple[str, str] | None:
    values = (_value(environment, key), _value(environment, secret))
    if not any(values):
        return None
    if not all(values):
        raise HalfConfigured(f"{key} and {secret} are needed together; one of them is empty")
    return values


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
