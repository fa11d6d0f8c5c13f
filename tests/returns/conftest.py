"""A database of this module with a ledger clock that tests may set, the refund desk, and the two fake gateways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from sqlalchemy import text

from ebelge.core.config import Settings
from ebelge.core.db import role_session
from ebelge.jobs import gateways
from tests.pools.trade import trade_in
from tests.returns.desk import Desk
from tests.strangers.process import Stranger, all_stopped


@pytest.fixture(scope="module")
def _desk(settings: Settings, make_database: Callable[[], str], stack_environment: dict[str, str]) -> Iterator[Desk]:
    for _ in trade_in(make_database(), stack_environment):
        yield Desk()


@pytest.fixture
def desk(_desk: Desk) -> Iterator[Desk]:
    """The refund desk; nothing of the test before waits in the outbox."""
    _desk.now = None
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message"))
    yield _desk
    _desk.now = None


@pytest.fixture(scope="session")
def _fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stranger]]:
    with all_stopped() as started:
        for name in ("iyzico", "stripe"):
            started.append(Stranger.start(f"ebelge.devstack.fake_{name}", tmp_path_factory.mktemp(name)))
        yield dict(zip(("iyzico", "stripe"), started, strict=True))


@pytest.fixture
def fakes(_fakes: dict[str, Stranger], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stranger]]:
    """Both gateways, empty, and the process configured for them."""
    environment = {
        "EBELGE_IYZICO_API_KEY": "sandbox-fake-api-key", "EBELGE_IYZICO_SECRET_KEY": "test-secret-key-0001",
        "EBELGE_IYZICO_BASE_URL": _fakes["iyzico"].base_url, "EBELGE_STRIPE_API_KEY": "sk_test_fake",
        "EBELGE_STRIPE_WEBHOOK_SECRET": "whsec_fake", "EBELGE_STRIPE_BASE_URL": _fakes["stripe"].base_url,
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for fake in _fakes.values():
        fake.control("POST", "reset")
    gateways.gateways.cache_clear()
    yield _fakes
    gateways.gateways.cache_clear()


@pytest.fixture
def pay() -> Callable[..., Any]:
    """Pay as a person at either gateway's page."""

    def act(url: str, *, card: str = "", installment: int = 1) -> Any:
        assert requests.get(url, timeout=10).status_code == 200
        if "/checkout/" in url:
            fields = {"card": card or "5528790000000008", "installment": str(installment)}
            return requests.post(f"{url}/pay", data=fields, timeout=10, allow_redirects=False)
        return requests.post(
            f"{url}/card", data={"card": card or "4242424242424242"}, timeout=10, allow_redirects=False
        )

    return act
