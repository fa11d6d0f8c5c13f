"""The simulator as a process: it forgets nothing, keeps up with a bulk, and its desk says what it has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from ebelge.gib.errors import GatewayUnreachable
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.simulator.control import put_user_list
from ebelge.gib.simulator.store import Store
from ebelge.gib.taxpayers import ListKind


def test_what_was_stored_survives_a_kill(start_simulator, tmp_path, paper):
    simulator = start_simulator(tmp_path, "--answer-delay-ms", "600000")
    document = paper.document()
    zarf = paper.zarf(document)
    with SoapGateway(simulator.base_url) as gateway:
        gateway.send(zarf)
        simulator.process.kill()
        simulator.process.wait(timeout=10)
        with pytest.raises(GatewayUnreachable):
            gateway.status(zarf.instance_id)
        port = str(urlsplit(simulator.base_url).port)
        again = start_simulator(tmp_path, "--answer-delay-ms", "0", "--port", port)
        end = time.monotonic() + 20
        while gateway.status(zarf.instance_id).code != 1300:
            assert time.monotonic() < end
            time.sleep(0.02)
    assert [d["state"] for d in again.documents()] == ["delivered"]
    assert again.stop() == 0


def test_answers_come_after_the_delay_and_step_by_step(simulator, gateway, paper, settled):
    simulator.control("PUT", "settings", answer_delay_ms=400)
    zarf = paper.zarf()
    started = time.monotonic()
    gateway.send(zarf)
    assert gateway.status(zarf.instance_id).code == 1000
    assert settled(zarf.instance_id).code == 1300
    assert time.monotonic() - started >= 0.4


def test_a_bulk_from_several_senders_is_neither_lost_nor_doubled(simulator, paper):
    envelopes = [paper.zarf(*(paper.document() for _ in range(10))) for _ in range(24)]

    def send(part) -> None:
        with SoapGateway(simulator.base_url) as gateway:
            for zarf in part:
                gateway.send(zarf)

    senders = [threading.Thread(target=send, args=(envelopes[n::4],)) for n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    end = time.monotonic() + 40
    while len(delivered := simulator.documents(state="delivered")) < 240:
        assert time.monotonic() < end, len(delivered)
        time.sleep(0.05)
    assert len({d["ettn"] for d in simulator.documents()}) == len(simulator.documents()) == 240


def test_the_desk_counts_the_calls(simulator, gateway, paper):
    zarf = paper.zarf()
    simulator.order({"fault": 2003})
    with pytest.raises(Exception, match="2003"):
        gateway.send(zarf)
    gateway.send(zarf)
    calls = simulator.http.get(
        f"{simulator.control_url}/calls", params={"instance_id": str(zarf.instance_id)}, timeout=10
    ).json()
    assert [(c["operation"], c["outcome"]) for c in calls] == [("sendDocument", "2003"), ("sendDocument", "stored")]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"do": {}},
        {"do": {"status": 1151}},
        {"do": {"fault": 1150}},
        {"do": {"transport": "owl"}},
        {"do": {"status": 1150, "fault": 2000}},
        {"do": {"status": 1150}, "when": {"colour": "red"}},
        {"do": {"status": 1150}, "when": {"number": 5}},
        {"do": {"status": 1150}, "times": 0},
        {"do": {"status": 1150}, "often": 1},
        {"do": {"fault": 2000}, "when": {"operation": "delete"}},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(simulator, order):
    answer = simulator.http.post(f"{simulator.control_url}/orders", json=order, timeout=10)
    assert answer.status_code == 400
    assert simulator.control("GET", "orders") == []


def test_orders_can_be_seen_and_withdrawn(simulator):
    first = simulator.order({"status": 1150}, number="AKN2026000000001", times=None)
    simulator.order({"fault": 2005})
    assert [o["do"] for o in simulator.control("GET", "orders")] == [{"status": 1150}, {"fault": 2005}]
    simulator.control("DELETE", f"orders/{first}")
    assert [o["do"] for o in simulator.control("GET", "orders")] == [{"fault": 2005}]
    assert simulator.control("DELETE", "orders") == {"withdrawn": 1}


def test_unknown_paths_and_bodies_are_refused(simulator):
    base = simulator.base_url.removesuffix("/EFaturaMerkez")
    assert requests.get(f"{base}/", timeout=5).status_code == 404
    assert requests.get(f"{base}/control/none", timeout=5).status_code == 404
    assert requests.post(f"{base}/control/orders", data=b"{", timeout=5).status_code == 400
    assert requests.put(f"{base}/control/user-list/pk", data=b"<a/>", timeout=5).status_code == 400
    assert requests.post(f"{simulator.base_url}/services/EFatura", data=b"<a/>", timeout=5).status_code == 400
    assert requests.post(f"{base}/control/orders", data=iter([b"{}"]), timeout=5).status_code == 411


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks for the parent by /proc")
def test_it_ends_with_the_process_that_started_it(tmp_path):
    starter = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", sys.executable, "-m",
         "ebelge.gib.simulator", "--state", str(tmp_path), "--stop-with-parent"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert starter.stdout is not None
    starter.stdout.readline()
    (simulator,) = psutil.Process(starter.pid).children()
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait(timeout=5)
    simulator.wait(timeout=15)
    starter.stdout.close()
    assert not simulator.is_running()


def test_a_port_that_is_taken_is_said_in_one_line(simulator, tmp_path):
    port = str(urlsplit(simulator.base_url).port)
    ended = subprocess.run(
        [sys.executable, "-m", "ebelge.gib.simulator", "--state", str(tmp_path), "--port", port],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "choose another --port" in ended.stderr


def test_it_stops_when_asked_to(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "ebelge.gib.simulator", "--state", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_a_list_written_into_its_state_by_another_process_is_used(start_simulator, tmp_path, paper):
    simulator = start_simulator(tmp_path, "--answer-delay-ms", "0")
    store = Store(tmp_path)
    put_user_list(store, ListKind.GB, b"<UserList/>")
    store.close()
    zarf = paper.zarf()
    with SoapGateway(simulator.base_url) as gateway:
        gateway.send(zarf)
        end = time.monotonic() + 20
        while not (answer := gateway.status(zarf.instance_id)).meaning.final:
            assert time.monotonic() < end
            time.sleep(0.02)
    assert answer.code == 1171
    simulator.stop()


def test_a_broken_user_list_leaves_the_old_one(simulator, gateway, paper, settled):
    with pytest.raises(requests.HTTPError):
        simulator.put_list("pk", b"<UserList><User>")
    zarf = paper.zarf()
    gateway.send(zarf)
    assert settled(zarf.instance_id).code == 1300
