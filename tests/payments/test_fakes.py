"""The fake gateways as processes: strangers to the product, obedient to the desk, gone with their parent."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from ebelge.devstack import fake_http

DEVSTACK = Path(str(fake_http.__file__)).parents[1]
FAKES = ("fake_http", "fake_iyzico", "fake_stripe")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("fake", FAKES)
def test_a_fake_is_a_stranger_to_the_product_and_to_the_packages(fake):
    for path in (DEVSTACK / fake).glob("*.py"):
        for name in imported(path):
            assert not name.startswith(("billing", "tenants", "stripe", "iyzipay")), f"{path.name} imports {name}"
            if name.startswith("ebelge"):
                assert name.startswith(tuple(f"ebelge.devstack.{own}" for own in FAKES)), f"{path.name}: {name}"


def test_only_the_payments_area_knows_a_payment_package():
    root = DEVSTACK.parents[2]
    for folder in ("platform", "billing", "tenants"):
        for path in (root / folder).rglob("*.py"):
            if path.is_relative_to(root / "billing" / "payments"):
                continue
            known = {name for name in imported(path) if name.partition(".")[0] in ("stripe", "iyzipay")}
            assert known == set(), str(path)


@pytest.mark.parametrize("name", ["iyzico", "stripe"])
def test_a_fake_ends_with_the_process_that_started_it(name, tmp_path):
    script = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-m', 'ebelge.devstack.fake_{name}', '--state', {str(tmp_path)!r},"
        " '--stop-with-parent'], stdout=subprocess.PIPE)\n"
        "sys.stdout.write(p.stdout.readline().decode())\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    address = json.loads(parent.stdout)
    try:
        psutil.Process(address["pid"]).wait(timeout=20)
    except psutil.NoSuchProcess:
        return


def test_a_taken_port_is_said_and_ends_it(iyzico, tmp_path):
    port = iyzico.base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "ebelge.devstack.fake_iyzico", "--state", str(tmp_path), "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ.copy())
    assert done.returncode == 2
    assert "choose another --port" in done.stderr


@pytest.mark.parametrize(
    "order",
    [{}, {"do": {}}, {"do": {"dance": 1}}, {"do": {"transport": "pigeon"}}, {"do": {"signature": "nice"}},
     {"do": {"fail": "1"}, "times": 0}, {"do": {"fail": "1"}, "when": {"call": 5}}, {"do": {"change": []}}],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused(iyzico, order):
    answer = requests.post(f"{iyzico.control_url}/orders", json=order, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_desk_refuses_what_it_does_not_know(iyzico, fake_stripe):
    for fake in (iyzico, fake_stripe):
        assert requests.get(f"{fake.control_url}/nonsense", timeout=10).status_code == 404
        assert requests.put(f"{fake.control_url}/settings", json={"x": 1}, timeout=10).status_code == 400
        assert requests.put(f"{fake.control_url}/settings", json={"webhook_url": 5}, timeout=10).status_code == 400
        assert requests.post(f"{fake.control_url}/orders", data="{", timeout=10).status_code == 400
        assert requests.post(f"{fake.control_url}/webhooks/999", json={}, timeout=10).status_code == 404
        assert requests.get(f"{fake.base_url}/nowhere", timeout=10).status_code == 404
        assert requests.post(f"{fake.base_url}/x", data=b"x" * 2_000_000, timeout=10).status_code == 413


def test_a_page_that_was_never_opened_is_closed(iyzico, fake_stripe):
    assert requests.get(f"{iyzico.base_url}/checkout/none", timeout=10).status_code == 410
    assert requests.get(f"{fake_stripe.base_url}/pay/cs_none", timeout=10).status_code == 410


def test_what_an_order_says_happens_so_many_times(gateway, iyzico, order):
    from billing.payments.errors import GatewayRefused

    iyzico.order("form.start", times=2, fail="9000", when={"currency": "TRY"})
    for _ in range(2):
        with pytest.raises(GatewayRefused):
            gateway.start(order())
    assert gateway.start(order()).gateway_ref


def test_the_page_says_what_is_paid_for_as_people_read_it(gateway, stripe_gateway, order):
    request = order(1_249_90)
    for way in (gateway, stripe_gateway):
        page = requests.get(way.start(request).redirect_url, timeout=10).text
        assert "1.249,90 TL" in page
        assert request.order_ref in page


def test_the_page_escapes_what_the_shop_says(gateway, order):
    url = gateway.start(order(description="<script>alert(1)</script>")).redirect_url
    assert "<script>alert" not in requests.get(url, timeout=10).text
