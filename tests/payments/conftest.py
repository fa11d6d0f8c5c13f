"""A small world of money: Akın Ltd. buys kontör, the fake gateways are real processes behind sockets."""

from __future__ import annotations

import http.server
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from billing.payments.gateway import Buyer, PaymentRequest
from billing.payments.iyzico.gateway import IyzicoGateway
from billing.payments.iyzico.wire import IyzicoSettings
from billing.payments.stripe_gateway.client import StripeSettings
from billing.payments.stripe_gateway.gateway import StripeGateway
from tests.strangers.process import Stranger, all_stopped

GOOD_CARD, POOR_CARD = "5528790000000008", "4111111111111129"
IYZICO_KEYS = {"api_key": "sandbox-fake-api-key", "secret_key": "test-secret-key-0001"}
AKIN = Buyer(
    buyer_id="akin", name="Ayşe", surname="Akın", email="muhasebe@akin.example", identity_number="11111111110",
    phone="+905320000000", address="Gül Sokak 1", city="İstanbul", contact_name="Akın Ltd. Şti.",
)  # fmt: skip


def until(condition: Callable[[], Any], *, seconds: float = 15.0) -> Any:
    """Wait for a condition; its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


class Fake(Stranger):
    """A running fake gateway and its control desk."""

    def order(self, call: str, *, times: int | None = 1, when: dict[str, str] | None = None, **do: Any) -> None:
        self.control("POST", "orders", when={"call": call, **(when or {})}, do=do, times=times)

    def calls(self, name: str) -> list[dict[str, Any]]:
        return list(self.http.get(f"{self.control_url}/calls", params={"name": name}, timeout=10).json())

    def settings(self, **values: Any) -> None:
        self.control("PUT", "settings", **values)


@pytest.fixture(scope="session")
def start_fake() -> Iterator[Callable[..., Fake]]:
    """Start a fake: `start_fake("iyzico", folder)`. All are stopped at the end."""
    with all_stopped() as started:

        def start(name: str, folder: Path, *arguments: str) -> Fake:
            started.append(fake := Fake.start(f"ebelge.devstack.fake_{name}", folder, *arguments))
            return fake

        yield start


@pytest.fixture(scope="session")
def _iyzico(start_fake: Callable[..., Fake], tmp_path_factory: pytest.TempPathFactory) -> Fake:
    return start_fake("iyzico", tmp_path_factory.mktemp("iyzico"))


@pytest.fixture
def iyzico(_iyzico: Fake) -> Fake:
    """A fake iyzico that remembers nothing of other tests."""
    _iyzico.control("POST", "reset")
    return _iyzico


@pytest.fixture
def gateway(iyzico: Fake) -> IyzicoGateway:
    """The product's side of iyzico, with a short patience."""
    return IyzicoGateway(IyzicoSettings(**IYZICO_KEYS, base_url=iyzico.base_url, timeout_s=5.0))


@pytest.fixture
def hasty(gateway: IyzicoGateway) -> IyzicoGateway:
    """The same, with no patience at all."""
    return IyzicoGateway(replace(gateway.settings, timeout_s=0.4))


@pytest.fixture
def order() -> Callable[..., PaymentRequest]:
    """One attempt to pay one order: 120,50 TL unless said otherwise."""

    def make(amount_kurus: int = 120_50, **other: Any) -> PaymentRequest:
        attempt = f"att-{uuid4().hex}"
        values: dict[str, Any] = {
            "attempt_ref": attempt, "order_ref": f"SIP-{attempt[-8:]}", "amount_kurus": amount_kurus,
            "currency": "TRY", "description": "1.000 kontör", "buyer": AKIN, "customer_ref": "",
            "return_url": "https://ebelge.example/odeme/donus", "cancel_url": "https://ebelge.example/odeme/vazgec",
        }  # fmt: skip
        return PaymentRequest(**values | other)

    return make


@pytest.fixture
def pay() -> Callable[..., Any]:
    """Pay as a person at the gateway's page: `pay(url, card=…)`; returns where the browser is sent."""

    def act(url: str, *, card: str = GOOD_CARD, installment: int = 1, save: bool = False, button: str = "pay") -> Any:
        page = requests.get(url, timeout=10)
        assert page.status_code == 200
        fields = {"card": card, "installment": str(installment)} | ({"save": "1"} if save else {})
        return requests.post(f"{url}/{button}", data=fields, timeout=10, allow_redirects=False)

    return act


@pytest.fixture
def hidden_fields() -> Callable[[str], tuple[str, dict[str, str]]]:
    """Action and fields of the form that a page sends by itself."""

    def read(page: str) -> tuple[str, dict[str, str]]:
        action = re.search(r'<form id="back" method="post" action="([^"]+)"', page)
        assert action is not None, page
        return action[1], dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

    return read


@dataclass
class Letterbox:
    """A webhook endpoint of our side: keeps what comes, does what is to happen meanwhile, answers as it is told."""

    url: str
    letters: list[tuple[dict[str, str], bytes]]
    answers: list[int]
    meanwhile: list[Callable[[], object]]

    def wait(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        until(lambda: len(self.letters) >= count)
        return list(self.letters)


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    """Where webhooks arrive."""
    box = Letterbox("", [], [], [])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = box.answers.pop(0) if box.answers else 200
            if box.meanwhile:
                box.meanwhile.pop(0)()
            box.letters.append((dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield box
    server.shutdown()
    server.server_close()


STRIPE_KEYS: dict[str, Any] = {"api_key": "sk_test_fake", "webhook_secrets": ("whsec_fake",)}


@pytest.fixture(scope="session")
def _stripe(start_fake: Callable[..., Fake], tmp_path_factory: pytest.TempPathFactory) -> Fake:
    return start_fake("stripe", tmp_path_factory.mktemp("stripe"))


@pytest.fixture
def fake_stripe(_stripe: Fake) -> Fake:
    """A fake Stripe that remembers nothing of other tests."""
    _stripe.control("POST", "reset")
    return _stripe


@pytest.fixture
def stripe_gateway(fake_stripe: Fake) -> StripeGateway:
    """The product's side of Stripe; it tries once only, so that a test sees each misbehaviour."""
    return StripeGateway(StripeSettings(**STRIPE_KEYS, base_url=fake_stripe.base_url, retry_count_max=0, timeout_s=5.0))


@pytest.fixture
def hasty_stripe(stripe_gateway: StripeGateway) -> StripeGateway:
    """The same, with no patience at all."""
    return StripeGateway(replace(stripe_gateway.settings, timeout_s=0.4))


@pytest.fixture
def pay_stripe() -> Callable[..., Any]:
    """Pay as a person at Stripe's page: `pay_stripe(url, card=…)`; by bank or cancel with `button`."""

    def act(url: str, *, card: str = "4242424242424242", button: str = "card") -> Any:
        assert requests.get(url, timeout=10).status_code == 200
        return requests.post(f"{url}/{button}", data={"card": card}, timeout=10, allow_redirects=False)

    return act
