"""The payment gateways of this process: read from the environment once, shared by its threads."""

import os
from collections.abc import Mapping
from functools import cache

from billing.payments import configured
from billing.payments.gateway import PaymentGateway
from ebelge.core.config import ConfigurationError, settings


@cache
def gateways() -> Mapping[str, PaymentGateway]:
    """The configured gateways by name (`gateways.cache_clear()` in tests).

    :raises ConfigurationError: a key without its secret; a sandbox in production, where its test cards would buy real
    kontör; real money anywhere else. The program does not start with it.
    """
    found = configured.gateways(os.environ)
    for name, one in found.items():
        if settings().environment == "production" and not one.is_live:
            raise ConfigurationError(
                f"EBELGE_{name.upper()}_…: this is the sandbox of {name}, whose test cards would buy real kontör. "
                "Set its live key and EBELGE_IYZICO_BASE_URL=https://api.iyzipay.com, or leave it out."
            )
        if settings().environment != "production" and one.is_live:
            raise ConfigurationError(
                f"EBELGE_{name.upper()}_…: a live account of {name}, and this is no production. Use its sandbox."
            )
    return found


def gateway(name: str) -> PaymentGateway:
    """One of them. :raises GatewayNotConfigured: it is not set up here."""
    return configured.gateway(gateways(), name)
