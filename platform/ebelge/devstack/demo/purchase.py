"""Kontör are bought in three ways, invoiced, and drawn from a pool; then the seller looks at the books."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from ebelge.core.money import lira_text
from ebelge.devstack import programs
from ebelge.devstack.demo.client import Client
from ebelge.devstack.demo.findings import Story
from ebelge.devstack.demo.place import Place
from ebelge.devstack.errors import StackError

Json = dict[str, Any]
PACKAGE = "baslangic-100"
CARDS = {"iyzico": "5528790000000008", "stripe": "4242424242424242"}
# The person at the gateway's page; the identity number is invented, as everybody here is.
PAYER: Json = {"name": "Ayşe", "surname": "Akın", "identity_number": "10000000146", "phone": "+905320000000"}
WAIT_S = 60.0
POLL_S = 0.3
BLOCK = 100


def buy(place: Place, story: Story, tell: Callable[[str], None], *, day: date) -> None:
    """Order a package by iyzico, by Stripe and by bank transfer; each is paid, credited and invoiced."""
    client = place.clients["akin"]
    before = client.kontor().spendable
    orders: list[Json] = []
    for gateway in ("iyzico", "stripe"):
        body = {"package": PACKAGE, "method": gateway, "buyer": PAYER}
        order = client.send(body, path="/orders")
        _pay(order)
        orders.append(order)
        kontor = order["package"]["kontor"]
        tell(f"{order['reference']}: {kontor} kontör for {_lira(order['gross'])} TL, paid at {gateway}")
    transfer = client.send({"package": PACKAGE, "method": "bank"}, path="/orders")
    said = _import(transfer, client, day)
    orders.append(transfer)
    tell(f"{transfer['reference']}: {_lira(transfer['gross'])} TL by transfer; the statement says: {said}")
    done = [_wait(client, order["order_id"]) for order in orders]
    wrong = [f"{row['reference']} is {row['state']}, its invoice {row['invoice_state']}" for row in done
             if (row["state"], row["invoice_state"]) != ("credited", "issued")]  # fmt: skip
    story.check("Three orders were paid in three ways, credited and invoiced", wrong)
    bought = sum(row["package"]["kontor"] + row["package"]["bonus_kontor"] for row in done)
    after = client.kontor().spendable
    story.check(f"The purchase credited exactly {bought} kontör", after - before != bought)


def draw(place: Place, story: Story, tell: Callable[[str], None]) -> None:
    """The holding refills Akın's wallet once, ahead: a block of 100, and no more."""
    member, pool = place.clients["akin"], place.pool
    member_id = member.get("/account")["tenant_id"]
    standing = pool.get("/pool")
    for membership in member.get("/pool")["memberships"]:
        if membership["state"] == "offered":
            member.send({"pool_id": membership["pool_id"]}, path="/pool/accept")
    if standing["spendable"] < BLOCK:
        tell("The pool is empty: nothing is drawn this time.")
        return
    drawn = next((right["drawn_this_month"] for right in standing["rights"] if right["member_id"] == member_id), 0)
    before = member.kontor().spendable
    terms = {"member_id": member_id, "block_kontor": BLOCK, "monthly_cap_kontor": drawn + BLOCK}
    pool.send(terms | {"threshold_kontor": before + 1}, path="/pool/draw-rights")
    deadline = time.monotonic() + WAIT_S
    while member.kontor().spendable < before + BLOCK and time.monotonic() < deadline:
        time.sleep(POLL_S)
    pool.send(terms | {"threshold_kontor": 0}, path="/pool/draw-rights")
    came, left = member.kontor().spendable - before, standing["spendable"] - pool.get("/pool")["spendable"]
    tell(f"The pool refilled the wallet by {came} kontör before it was short")
    story.check("A draw moved one block from the pool to the member", (came, left) != (BLOCK, BLOCK))


def open_breaks() -> set[str]:
    """The breaks that finance has open now, after everything was compared."""
    compare = subprocess.run(
        [*programs.EBELGE, "reconcile", "--json", "--by", "demo"], capture_output=True, check=False
    )
    if compare.returncode not in (0, 1):
        raise StackError(f"`ebelge reconcile` failed: {compare.stderr.decode(errors='replace')[-500:]}")
    command = [*programs.EBELGE, "breaks", "list", "--json", "--limit", "10000"]
    listed = subprocess.run(command, capture_output=True, check=True)
    return {str(json.loads(line)["break"]) for line in listed.stdout.splitlines()}


def books(place: Place, day: date, *, before: set[str]) -> list[str]:
    """Print what finance looks at: the end of Akın's statement, the month's revenue, the reconciliation.

    Returns what went wrong, as sentences. Breaks that were open `before` are not the demo's.
    """
    month = f"{day:%Y-%m}"
    tenant_id = place.clients["akin"].get("/account")["tenant_id"]
    wrong = []
    for command in (
        ("statement", tenant_id, month, "--provisional", "--last", "8"),
        ("revenue", month),
        ("reconcile", "--by", "demo"),
    ):
        code = subprocess.run([*programs.EBELGE, *command], check=False).returncode
        if code and command[0] != "reconcile":
            wrong.append(f"`ebelge {command[0]}` ended with {code}")
    new = open_breaks() - before
    if new:
        wrong.append(f"`ebelge reconcile` opened {len(new)}: {', '.join(sorted(new))}")
    elif before:
        print(f"{len(before)} open already before the demo began.")
    return wrong


def _pay(order: Json) -> None:
    """What a person does in a browser: opens the page, pays, and is sent back to us."""
    url, gateway = order["payment"]["redirect_url"], order["payment"]["gateway"]
    requests.get(url, timeout=20).raise_for_status()
    verb = "card" if gateway == "stripe" else "pay"
    fields = {"card": CARDS[gateway], "installment": "1"}
    page = requests.post(f"{url}/{verb}", data=fields, timeout=20, allow_redirects=False)
    if "Location" in page.headers:
        requests.get(urljoin(url, page.headers["Location"]), timeout=20)
        return
    action = re.search(r'<form id="back" method="post" action="([^"]+)"', page.text)
    if action is not None:
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        requests.post(action[1], data=hidden, timeout=20)


def _import(order: Json, client: Client, day: date) -> str:
    """The bank's statement with Akın's transfer, taken in by the command that staff use."""
    transfer = order["transfer"]
    rows = [
        "Tarih;Açıklama;Tutar;Gönderen;Gönderen VKN;Dekont No",
        ";".join(
            (f"{day:%d.%m.%Y}", f"HAVALE {transfer['reference']}", _lira(transfer["amount"]), client.title, client.vkn,
             f"D{order['order_id'][-12:]}")
        ),
    ]  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
        file.write("\n".join(rows))
        file.flush()
        command = [*programs.EBELGE, "bank", "import", str(Path(file.name)), "--by", "demo"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return " ".join((done.stdout or done.stderr).split())[:160]


def _wait(client: Client, order_id: str) -> Json:
    """The order when it is credited and invoiced, or as it is after a minute."""
    deadline = time.monotonic() + WAIT_S
    while True:
        row = client.get(f"/orders/{order_id}")
        if (row["state"], row["invoice_state"]) == ("credited", "issued") or time.monotonic() > deadline:
            return row
        time.sleep(POLL_S)


def _lira(money: Json) -> str:
    return lira_text(money["amount_kurus"])
