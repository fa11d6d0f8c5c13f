"""The fake iyzico and the fake Stripe of a development instance: their settings, their programs, where they report to.

A gateway whose own key is in the outer environment (a real sandbox account) is left alone: no fake stands in for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from ebelge.devstack import folders
from ebelge.devstack.errors import StackError
from ebelge.devstack.programs import answers_ok
from ebelge.devstack.supervisor import Program

# Keys that the fakes know from birth; they open nothing anywhere else.
KEYS: dict[str, dict[str, str]] = {
    "iyzico": {
        "EBELGE_IYZICO_API_KEY": "sandbox-fake-api-key",
        "EBELGE_IYZICO_SECRET_KEY": "test-secret-key-0001",
        "EBELGE_IYZICO_MERCHANT_ID": "123",
    },
    "stripe": {"EBELGE_STRIPE_API_KEY": "sk_test_fake", "EBELGE_STRIPE_WEBHOOK_SECRET": "whsec_fake"},
}
# As in life, only shorter: a webhook a second after the payment, repeated after these pauses.
MANNERS: dict[str, Any] = {"webhook_delay_s": 1.0, "webhook_pauses_s": [5.0, 60.0, 900.0]}


def wanted(outer: Mapping[str, str]) -> tuple[str, ...]:
    """Which gateways need a fake: those the environment gives no key for."""
    return tuple(name for name, keys in KEYS.items() if not outer.get(next(iter(keys))))


def settings(ports: Mapping[str, int]) -> dict[str, str]:
    """What our programs must know of the fakes that listen on `ports` (by name)."""
    found: dict[str, str] = {}
    for name, port in ports.items():
        found |= KEYS[name] | {f"EBELGE_{name.upper()}_BASE_URL": _address(port)}
    return found


def programs(var: Path, ports: Mapping[str, int]) -> list[Program]:
    """The fakes as processes; what they know is below `var` and survives restarts."""
    return [
        Program(
            name,
            (
                *(sys.executable, "-m", f"ebelge.devstack.fake_{name}", "--port", str(port)),
                *("--state", str(folders.private(var / name)), "--stop-with-parent"),
            ),
            stage=1,
            ready=answers_ok(f"{_address(port)}/control/health"),
        )
        for name, port in ports.items()
    ]


def tell(ports: Mapping[str, int], *, public_url: str) -> None:
    """Tell the fakes where our webhooks are, as one enters it in a gateway's panel.

    :raises StackError: a fake does not answer.
    """
    for name, port in ports.items():
        try:
            answer = requests.put(
                f"{_address(port)}/control/settings",
                json=MANNERS | {"webhook_url": f"{public_url}/webhooks/{name}"},
                timeout=10,
            )
            answer.raise_for_status()
        except requests.RequestException as error:
            raise StackError(f"The fake {name} takes no settings: {error}") from error


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"
