"""Settings are checked once, at start: what is missing or dangerous is named with its remedy."""

from __future__ import annotations

import pytest

from ebelge.core.config import ConfigurationError, load_settings

WHOLE = {
    "DATABASE_URL": "postgresql://ebelge_owner:geheim@db.example/ebelge",
    "REDIS_URL": "redis://:geheim@redis.example/0",
    "EBELGE_MASTER_KEY": "geheim",
    "EBELGE_ARCHIVE_DIR": "/srv/archive",
}
GATEWAYS = {"EBELGE_GIB_LIVE_URL": "https://gib.example/ws", "EBELGE_GIB_TEST_URL": "https://gib.example/ws/"}


def test_in_production_a_sandbox_cannot_be_pointed_at_the_live_gateway() -> None:
    with pytest.raises(ConfigurationError, match="EBELGE_GIB_TEST_URL is the same"):
        load_settings(WHOLE | GATEWAYS)
    assert load_settings(WHOLE | GATEWAYS | {"EBELGE_ENVIRONMENT": "development"}).gib_live_url
    assert load_settings(WHOLE | {"EBELGE_GIB_LIVE_URL": "https://gib.example/ws"}).gib_test_url == ""


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        load_settings({key: value for key, value in WHOLE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [("EBELGE_ENVIRONMENT", "prod"), ("EBELGE_XADES_ASSEMBLER", "other"), ("EBELGE_SMTP_PORT", "smtp")],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_settings(WHOLE | {name: value})


def test_no_secret_is_in_the_settings_text() -> None:
    assert "geheim" not in repr(load_settings(WHOLE))
