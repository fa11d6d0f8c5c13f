"""The payment gateways of this process: read from the environment once, shared by its threads."""

import os
from collections.abc import Mapping
from functools import cache

from billing.payments import configured
from billing.payments.gateway import PaymentGateway


@cache
def gateways() -> Mapping[str, PaymentGateway]:
    """The configured gateways by name (`gateways.cache_clear()` in tests).

    :raises HalfConfigured: a key without its secret; the program does not start with it.
    """
    return configured.gateways(os.environ)


def gateway(name: str) -> PaymentGateway:
    """One of them. :raises GatewayNotConfigured: it is not set up here."""
    return configured.gateway(gateways(), name)
