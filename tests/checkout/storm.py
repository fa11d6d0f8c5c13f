"""A storm over a shop: everything at once, in an order that a seed decides, so that it can be had again."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.jobs import gateway_lists
from ebelge.jobs.gateways import gateway as gateway_named
from tests.checkout.world import PAYER, POOR_CARD, Buyer, World, new_key

READ = {"iyzico": "form.read", "stripe": "session.read"}
START = {"iyzico": "form.start", "stripe": "session.create"}
LOST: list[dict[str, Any]] = [
    {"transport": "drop"}, {"transport": "drop", "moved": False}, {"transport": "html"}, {"transport": "http_500"},
    {"transport": "truncated"}, {"transport": "garbage"},
]  # fmt: skip
MISDEEDS: dict[str, list[dict[str, Any]]] = {
    "iyzico": [*LOST, {"signature": "wrong"}, {"signature": "missing"}, {"fail": "50000"}, {"fail": "100001"},
               {"change": {"price": "1"}, "signature": "stale"}],
    "stripe": [*LOST, {"fail": "rate_limit"}, {"fail": "api_error"}, {"change": {"livemode": True}}],
}  # fmt: skip
# Rightly signed lies about what was paid: nothing may be credited by them.
LIES: dict[str, dict[str, Any]] = {
    "iyzico": {"change": {"price": "1.0", "paidPrice": "1.0"}},
    "stripe": {"change": {"amount_total": 100}},
}


@dataclass
class Storm:
    """One storm: what the buyers, their browsers, the gateways and the net do, one thing at a time."""

    world: World
    buyers: list[Buyer]
    chance: random.Random
    orders: list[tuple[Buyer, dict[str, Any]]] = field(default_factory=list)
    pages: list[Any] = field(default_factory=list)

    def blow(self, steps: int) -> None:
        """So many things happen."""
        acts = [
            (self.place, 4), (self.pay, 6), (self.decline, 2), (self.come_back, 5), (self.webhook, 8),
            (self.forge, 2), (self.work, 8), (self.look, 4), (self.pay_again, 2), (self.cancel, 1),
            (self.review, 2), (self.bank, 1), (self.wait, 1),
        ]  # fmt: skip
        for _ in range(6):
            self.place()
        for _ in range(steps):
            act = self.chance.choices([one for one, _ in acts], [weight for _, weight in acts])[0]
            self.weather()
            act()

    def calm(self) -> None:
        """Nobody misbehaves any more, time passes, and everything is looked after; lost webhooks stay lost."""
        for gateway in ("iyzico", "stripe"):
            getattr(self.world, gateway).control("DELETE", "orders")
        self.review(all_of_them=True)
        self.bank(all_of_them=True)
        for passed in (timedelta(0), timedelta(minutes=70), timedelta(hours=25)):
            for _, order in self.orders:
                self.world.age(order, passed)
                self.world.due(order)
            for _ in range(3):
                self.world.sweep()
        self.night()

    def night(self) -> None:
        """The gateways' own lists are fetched."""
        for name in ("iyzico", "stripe"):
            gateway_lists.fetch(gateway_named(name), istanbul_date(utc_now()))
        self.world.sweep()

    def weather(self) -> None:
        """The next calls to the gateways may go wrong."""
        for gateway in ("iyzico", "stripe"):
            fake = getattr(self.world, gateway)
            fake.control("DELETE", "orders")
            if self.chance.random() < 0.4:
                fake.order(READ[gateway], **self.chance.choice(MISDEEDS[gateway]))
            elif self.chance.random() < 0.05:
                fake.order(READ[gateway], **LIES[gateway])
            if self.chance.random() < 0.2:
                fake.order(START[gateway], **self.chance.choice(MISDEEDS[gateway]))

    def place(self) -> None:
        """A buyer orders, and repeats his request until it is answered or he is tired of it."""
        buyer, key = self.chance.choice(self.buyers), new_key()
        gateway = self.chance.choice(["iyzico", "stripe"])
        for _ in range(self.chance.randrange(1, 4)):
            answer = buyer.ask(gateway, key=key)
            if answer.status_code == 201:
                self.orders.append((buyer, answer.json()))
                return
        order_id = answer.json().get("order_id")
        if order_id:
            self.orders.append((buyer, buyer.get(f"/orders/{order_id}").json()))

    def pay(self) -> None:
        """A payer pays; his browser comes back later, often, or never."""
        self._at_the_page({}, save=self.chance.random() < 0.2)

    def decline(self) -> None:
        """A payer's card is refused."""
        self._at_the_page({"iyzico": POOR_CARD, "stripe": "4000000000000002"})

    def come_back(self) -> None:
        """One of the browsers comes back, perhaps not for the first time."""
        if self.pages:
            self.world.come_back(self.chance.choice(self.pages))

    def webhook(self) -> None:
        """One of the webhooks is delivered: early, late, again, forged, or never."""
        fake = getattr(self.world, self.chance.choice(["iyzico", "stripe"]))
        letters = fake.webhooks()
        if letters:
            letter = self.chance.choice(letters)
            manner = self.chance.choices(["right", "wrong", "missing"], [8, 1, 1])[0]
            fake.control("POST", f"webhooks/{letter['id']}", signature=manner)

    def forge(self) -> None:
        """A stranger knocks."""
        number = self.chance.randrange(10**12)
        token = {"token": f"tok-{number}"}
        requests.post(f"{self.world.url}/payments/iyzico/callback", data=token, timeout=10, allow_redirects=False)
        for name in ("iyzico", "stripe"):
            answer = requests.post(f"{self.world.url}/webhooks/{name}", json=token, timeout=10)
            assert answer.status_code == 401

    def work(self) -> None:
        """The cashier and the clock."""
        self.world.sweep()

    def look(self) -> None:
        """The sweeper's time has come for one order."""
        if self.orders:
            self.world.due(self.chance.choice(self.orders)[1])
            self.world.sweep()

    def wait(self) -> None:
        """Time passes for one order."""
        if self.orders:
            self.world.age(self.chance.choice(self.orders)[1], timedelta(minutes=self.chance.choice([5, 40, 90])))

    def pay_again(self) -> None:
        """A buyer asks for the page (again), perhaps at the other gateway."""
        if self.orders:
            index = self.chance.randrange(len(self.orders))
            buyer, order = self.orders[index]
            method = self.chance.choice(["iyzico", "stripe"])
            answer = buyer.post(f"/orders/{order['order_id']}/pay", {"buyer": PAYER, "method": method})
            if answer.status_code == 200:
                self.orders.append((buyer, answer.json()))

    def cancel(self) -> None:
        """A buyer thinks better of it."""
        if self.orders:
            buyer, order = self.chance.choice(self.orders)
            buyer.post(f"/orders/{order['order_id']}/cancel", {})

    def review(self, *, all_of_them: bool = False) -> None:
        """iyzico takes a payment under review, or decides one."""
        fake = self.world.iyzico
        waiting = [one for one in fake.control("GET", "payments")
                   if one["paymentStatus"] == "SUCCESS" and one["fraudStatus"] == 0]  # fmt: skip
        for one in waiting if all_of_them else waiting[:1]:
            verdict = self.chance.choice([1, -1])
            fake.control("POST", "review", payment_id=one["paymentId"], fraud_status=verdict)
        fake.control("PUT", "settings", fraud_status=0 if not all_of_them and self.chance.random() < 0.3 else 1)

    def bank(self, *, all_of_them: bool = False) -> None:
        """A payer at Stripe pays by bank, or his bank decides."""
        fake = self.world.stripe
        on_their_way = {one["id"] for one in fake.control("GET", "intents") if one["status"] == "processing"}
        waiting = [one for one in fake.control("GET", "sessions") if one["payment_intent"] in on_their_way]
        for one in waiting if all_of_them else waiting[:1]:
            fake.control("POST", f"async/{one['id']}", succeeded=self.chance.random() < 0.6)
        if not all_of_them:
            self._at_the_page({}, act={"stripe": "bank"})

    def _at_the_page(self, cards: dict[str, str], *, act: dict[str, str] | None = None, save: bool = False) -> None:
        payable = [order for _, order in self.orders if order["payment"] and order["payment"]["redirect_url"]]
        if not payable:
            return
        payment = self.chance.choice(payable)["payment"]
        gateway, url = payment["gateway"], payment["redirect_url"]
        fields = {"installment": "1"} | ({"save": "1"} if save else {})
        fields |= {"card": cards[gateway]} if gateway in cards else {}
        path = (act or {}).get(gateway, "pay" if gateway == "iyzico" else "card")
        page = requests.post(f"{url}/{path}", data=fields, timeout=10, allow_redirects=False)
        if page.status_code == 303 or 'id="back"' in page.text:
            self.pages.append(page)
