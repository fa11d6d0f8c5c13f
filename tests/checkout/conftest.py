"""A shop behind a real web server, beside fake gateways that are processes of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.serving import WSGIRequestHandler, make_server

from billing.payments.iyzico.gateway import IyzicoGateway
from billing.payments.stripe_gateway.gateway import StripeGateway
from ebelge.app import create_app
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session
from ebelge.devstack import gateways as devstack_gateways
from ebelge.jobs import stopping
from ebelge.jobs.gateways import gateways
from tests.checkout.world import Fake, World
from tests.orders import shop
from tests.strangers.process import all_stopped


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: a test says what it sees."""


@pytest.fixture(scope="session")
def _fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Fake]]:
    with all_stopped() as started:
        found = {
            name: Fake.start(f"ebelge.devstack.fake_{name}", tmp_path_factory.mktemp(name))
            for name in ("iyzico", "stripe")
        }
        started += found.values()
        yield found


def _have_less_patience() -> None:
    """The same gateways, that give up waiting sooner."""
    kept: Any = gateways()
    kept["iyzico"] = IyzicoGateway(replace(kept["iyzico"].settings, timeout_s=0.6))
    kept["stripe"] = StripeGateway(replace(kept["stripe"].settings, timeout_s=0.6, retry_count_max=0))


@pytest.fixture(scope="session")
def ground(
    make_database: Callable[[], str], stack_environment: dict[str, str], _fakes: dict[str, Fake]
) -> Iterator[World]:
    """One database and one web server for the whole run; each test has tenants of its own."""
    ports = {name: int(fake.base_url.rpartition(":")[2]) for name, fake in _fakes.items()}
    environment = {**stack_environment, **devstack_gateways.settings(ports), "DATABASE_URL": make_database()}
    environment["EBELGE_RETURN_ORIGINS"] = "https://erp.akin.example"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        gateways.cache_clear()
        server = make_server("127.0.0.1", 0, create_app(), threaded=True, request_handler=_Quiet)
        url = f"http://127.0.0.1:{server.server_port}"
        patch.setenv("EBELGE_PUBLIC_URL", url)
        current_settings.cache_clear()
        _have_less_patience()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        operator = shop.customer("Ebelge Entegratör A.Ş.", kind="operator")
        yield World(url, _fakes["iyzico"], _fakes["stripe"], operator, shop.on_sale())
        server.shutdown()
        thread.join(10)
        server.server_close()
        dispose_engines()
    current_settings.cache_clear()
    gateways.cache_clear()


@pytest.fixture
def world(ground: World) -> Iterator[World]:
    """The gateways remember nothing and tell nobody; no message and no attempt of another test is left."""
    stopping.requested.clear()
    for fake in (ground.iyzico, ground.stripe):
        fake.control("POST", "reset")
    yield ground
    for fake in (ground.iyzico, ground.stripe):
        fake.control("POST", "reset")
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message"))
    with role_session("finance") as session:
        session.execute(text("UPDATE payment_notice SET state = 'ignored' WHERE state = 'new'"))
    with role_session("reader") as session:
        tenants = session.execute(
            text("SELECT DISTINCT tenant_id FROM payment_attempt WHERE ended_at IS NULL")
        ).scalars().all()  # fmt: skip
    for tenant_id in tenants:
        shop.rows(
            tenant_id,
            "UPDATE payment_attempt SET state = 'expired', ended_at = now() WHERE ended_at IS NULL RETURNING 1",
        )


@pytest.fixture
def told(world: World) -> World:
    """The same, and the gateways know where our webhooks are."""
    for name, fake in (("iyzico", world.iyzico), ("stripe", world.stripe)):
        fake.control(
            "PUT", "settings", webhook_url=f"{world.url}/webhooks/{name}", webhook_delay_s=0.0,
            webhook_pauses_s=[0.05, 0.05],
        )  # fmt: skip
    return world
