"""The working world of these tests: a shop behind HTTP, two gateways that are strangers, a cashier and a sweeper."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import requests
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import attempts, cashier, notices
from ebelge.outbox import relay
from tenants import api_keys
from tests.orders import shop
from tests.strangers.process import Stranger

GOOD_CARD, POOR_CARD = "5528790000000008", "4111111111111129"
STRIPE_CARD = "4242424242424242"
PAYER = {
    "name": "Ayşe", "surname": "Akın", "identity_number": "11111111110", "email": "muhasebe@akin.example",
    "phone": "+905320000000", "address": "Gül Sokak 1", "city": "İstanbul",
}  # fmt: skip
GROSS = 1_249_90


class Fake(Stranger):
    """A running fake gateway and its control desk."""

    def order(self, call: str, *, times: int | None = 1, when: dict[str, str] | None = None, **do: Any) -> None:
        """Order a misbehaviour."""
        self.control("POST", "orders", when={"call": call, **(when or {})}, do=do, times=times)

    def calls(self, name: str) -> list[dict[str, Any]]:
        """Calls it got."""
        return list(self.http.get(f"{self.control_url}/calls", params={"name": name}, timeout=10).json())

    def webhooks(self) -> list[dict[str, Any]]:
        """Webhooks it has sent or holds back."""
        return list(self.control("GET", "webhooks"))


@dataclass
class Buyer:
    """A tenant with a key and everything it may do over HTTP."""

    world: World
    tenant_id: UUID
    key: str
    http: requests.Session = field(default_factory=requests.Session)

    def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None, timeout: float = 30.0) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Language": "en"}
        headers |= {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self.http.post(f"{self.world.url}/api/v1{path}", json=body, headers=headers, timeout=timeout)

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Accept-Language": "en"}
        return self.http.get(f"{self.world.url}/api/v1{path}", headers=headers, timeout=30)

    def order(self, method: str = "iyzico", *, key: str | None = None, **changes: Any) -> dict[str, Any]:
        """Place an order; the answer."""
        answer = self.ask(method, key=key, **changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def ask(self, method: str = "iyzico", *, key: str | None = None, timeout: float = 30.0, **changes: Any) -> Any:
        body = {"package": self.world.package, "method": method, "buyer": PAYER} | changes
        return self.post("/orders", body, idempotency_key=key, timeout=timeout)

    def fresh(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as it is now."""
        answer = self.get(f"/orders/{order['order_id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def balance(self) -> int:
        return shop.available(self.tenant_id)

    def breaks(self) -> list[str]:
        return [kind for kind, _ in shop.breaks(self.tenant_id)]

    def count(self, table: str) -> int:
        return int(shop.rows(self.tenant_id, f"SELECT count(*) FROM {table} WHERE tenant_id = :tenant_id")[0][0])


@dataclass
class World:
    """Everything stands; payments go through it."""

    url: str
    iyzico: Fake
    stripe: Fake
    operator: UUID
    package: str

    def buyer(self, title: str = "Akın Ltd. Şti.", **terms: Any) -> Buyer:
        """A new customer with an empty wallet and a key."""
        tenant_id = shop.customer(title, **terms)
        with tenant_session(tenant_id) as session:
            key = api_keys.create(session, tenant_id=tenant_id, mode="live", name="test", at=utc_now())
        return Buyer(self, tenant_id, key.token)

    # the payer's browser

    def pay(
        self, order: dict[str, Any], *, card: str | None = None, act: str = "", save: bool = False, installment: int = 1
    ) -> Any:
        """Pay at the gateway's page as a person does; what the page answers."""
        url = order["payment"]["redirect_url"]
        assert requests.get(url, timeout=10).status_code == 200
        if order["payment"]["gateway"] == "stripe":
            fields = {"card": card or STRIPE_CARD}
            return requests.post(f"{url}/{act or 'card'}", data=fields, timeout=10, allow_redirects=False)
        fields = {"card": card or GOOD_CARD, "installment": str(installment)} | ({"save": "1"} if save else {})
        return requests.post(f"{url}/{act or 'pay'}", data=fields, timeout=10, allow_redirects=False)

    def come_back(self, page: Any) -> Any:
        """The browser is sent back by the gateway, without any cookie; our answer."""
        if "Location" in page.headers:
            return requests.get(page.headers["Location"], timeout=10, allow_redirects=False)
        action = re.search(r'<form id="back" method="post" action="([^"]+)"', page.text)
        assert action is not None, page.text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        origin = {"Origin": "https://sandbox-ppg.iyzipay.example", "Sec-Fetch-Site": "cross-site"}
        return requests.post(action[1], data=fields, headers=origin, timeout=10, allow_redirects=False)

    def page(self, response: Any, language: str = "en") -> str:
        """The page that a 303 leads to."""
        assert response.status_code == 303, response.text
        target = response.headers["Location"]
        answer = requests.get(
            target if target.startswith("http") else self.url + target, timeout=10,
            headers={"Accept-Language": language},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.text

    # what works in the background

    def work(self) -> int:
        """The cashier does what waits; returns how many messages."""
        done = 0
        while True:
            with role_session("relay") as session:
                relay.promote(session, at=utc_now())
                claims = relay.claim(session, queue="payments", limit=50, turns=relay.Turns(), at=utc_now())
            if not claims:
                return done
            cashier.work(claims, claimed_at=utc_now())
            done += len(claims)

    def sweep(self) -> int:
        """The clock looks after notices and attempts, and the cashier works."""
        notices.place(utc_now())
        attempts.look_after(utc_now())
        return self.work()

    def settle(self, until: Callable[[], Any], *, seconds: float = 15.0) -> None:
        """Let time do its work until something is true (a webhook is on its way, for instance)."""
        deadline = time.monotonic() + seconds
        while True:
            self.sweep()
            if until():
                return
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.02)

    def age(self, order: dict[str, Any], passed: timedelta) -> None:
        """Let time pass for an order and its attempts."""
        owner = self.owner_of(order)
        with tenant_session(owner) as session:
            session.execute(
                text(
                    "UPDATE payment_attempt SET created_at = created_at - :passed, check_at = check_at - :passed, "
                    "expires_at = expires_at - :passed, called_at = called_at - :passed WHERE order_id = :order_id"
                ),
                {"passed": passed, "order_id": order["order_id"]},
            )
            session.execute(
                text(
                    "UPDATE outbox_message SET due_at = due_at - :passed WHERE key IN "
                    "(SELECT attempt_id FROM payment_attempt WHERE order_id = :order_id)"
                ),
                {"passed": passed, "order_id": order["order_id"]},
            )
            session.execute(
                text("UPDATE kontor_order SET created_at = created_at - :passed WHERE order_id = :order_id"),
                {"passed": passed, "order_id": order["order_id"]},
            )

    def due(self, order: dict[str, Any]) -> None:
        """It is time to look at the order's attempts."""
        with tenant_session(self.owner_of(order)) as session:
            session.execute(
                text("UPDATE payment_attempt SET check_at = :at WHERE order_id = :order_id AND ended_at IS NULL"),
                {"at": utc_now(), "order_id": order["order_id"]},
            )

    def owner_of(self, order: dict[str, Any]) -> UUID:
        with role_session("reader") as session:
            return session.execute(
                text("SELECT tenant_id FROM kontor_order WHERE order_id = :id"), {"id": order["order_id"]}
            ).scalar_one()

    def notices(self) -> list[tuple[str, str]]:
        """Gateway and state of every notice."""
        with role_session("finance") as session:
            rows = session.execute(text("SELECT gateway, state FROM payment_notice ORDER BY received_at"))
            return [(row.gateway, row.state) for row in rows]


def new_key() -> str:
    """An Idempotency-Key."""
    return f"k-{uuid4().hex}"
