"""A process dies between a call to a gateway and the commit of what it said; whoever comes next finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.devstack.processes import free_port, port_answers
from ebelge.jobs import attempts
from ebelge.outbox import relay
from tests.checkout.cards import save_card, top_up
from tests.checkout.world import World

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
CASHIER = """
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.jobs import cashier
from ebelge.outbox import relay

with role_session("relay") as session:
    claims = relay.claim(session, queue="payments", limit=50, turns=relay.Turns(), at=utc_now())
assert claims
cashier.work(claims, claimed_at=utc_now())
"""


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a program in a session of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def go(*command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": f"{ROOT}/platform:{ROOT}"},
        )  # fmt: skip
        started.append(process)
        return process

    yield go
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def leases_run_out() -> None:
    with role_session("relay") as session:
        relay.sweep(session, at=utc_now() + timedelta(minutes=5))


def test_a_cashier_killed_while_it_reads_credits_once(world: World, start: Callable[..., Any]) -> None:
    akin = world.buyer()
    order = akin.order()
    page = world.pay(order)
    world.iyzico.order("form.read", transport="timeout", seconds=20)
    world.come_back(page)
    cashier = start("-c", CASHIER)
    until(lambda: world.iyzico.calls("form.read"))
    kill(cashier)
    assert akin.balance() == 0
    leases_run_out()
    world.work()
    assert (akin.balance(), akin.count("payment"), akin.breaks()) == (1_050, 1, [])


@pytest.mark.parametrize(("gateway", "call"), [("iyzico", "payment.create"), ("stripe", "intent.create")])
def test_a_cashier_killed_between_the_charge_and_the_commit_charges_once(
    world: World, start: Callable[..., Any], gateway: str, call: str
) -> None:
    akin = world.buyer()
    order = top_up(world, akin, gateway, save_card(world, akin, gateway))
    fake = getattr(world, gateway)
    fake.order(call, transport="timeout", seconds=20)
    cashier = start("-c", CASHIER)
    until(lambda: fake.calls(call))
    kill(cashier)
    leases_run_out()
    world.work()
    assert (akin.balance(), len(fake.calls(call))) == (1_050, 1)  # the silence is kept by whoever comes next
    world.age(order, timedelta(seconds=121))
    world.sweep()
    assert (akin.balance(), len(fake.calls(call)), akin.count("payment")) == (2_100, 1, 2)


def test_a_web_server_killed_while_it_opens_the_page_leaves_an_order_that_the_same_key_resumes(
    world: World, start: Callable[..., Any]
) -> None:
    akin = world.buyer()
    port = free_port()
    server = start("-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "1")
    until(lambda: port_answers(port))
    world.iyzico.order("form.start", transport="timeout", seconds=20)
    there = akin.world.url
    akin.world.url = f"http://127.0.0.1:{port}"

    def ask() -> None:
        with suppress(requests.RequestException):
            akin.ask(key="k-killed", timeout=60)

    client = threading.Thread(target=ask)
    client.start()
    try:
        until(lambda: world.iyzico.calls("form.start"))
        kill(server)
    finally:
        client.join(30)
        akin.world.url = there
    (left,) = akin.get("/orders").json()["items"]
    assert (left["state"], left["payment"]["state"]) == ("pending", "started")
    again = akin.ask(key="k-killed")
    assert (again.status_code, again.json()["order_id"]) == (201, left["order_id"])
    world.come_back(world.pay(again.json()))
    world.work()
    assert (akin.balance(), len(akin.get("/orders").json()["items"])) == (1_050, 1)


def test_a_start_that_nobody_repeats_is_given_up(world: World) -> None:
    akin = world.buyer()
    world.iyzico.order("form.start", transport="drop")
    order = {"order_id": akin.ask(key="k-gone").json()["order_id"]}
    world.due(order)
    world.sweep()
    assert akin.fresh(order)["payment"]["state"] == "started"
    world.age(order, timedelta(minutes=20))
    world.due(order)
    world.sweep()
    over = akin.fresh(order)
    assert (over["state"], over["payment"]["state"], over["payment"]["code"]) == ("draft", "expired", "not_opened")
    world.age(order, timedelta(hours=24))
    assert attempts.end_unpaid_orders(utc_now()) >= 1  # others' too
    assert akin.fresh(order)["state"] == "expired"
