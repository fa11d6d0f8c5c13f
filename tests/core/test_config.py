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


def test_above_which_amounts_a_second_person_decides_is_a_setting() -> None:
    plain = load_settings(WHOLE)
    assert (plain.second_person_kurus, plain.second_person_kontor) == (50_000_00, 100)
    given = load_settings(WHOLE | {"EBELGE_SECOND_PERSON_KURUS": "0", "EBELGE_SECOND_PERSON_KONTOR": "25"})
    assert (given.second_person_kurus, given.second_person_kontor) == (0, 25)


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        load_settings({key: value for key, value in WHOLE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EBELGE_ENVIRONMENT", "prod"),
        ("EBELGE_XADES_ASSEMBLER", "other"),
        ("EBELGE_SMTP_PORT", "smtp"),
        ("EBELGE_SECOND_PERSON_KURUS", "50.000,00"),
        ("EBELGE_SECOND_PERSON_KONTOR", "-1"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        load_settings(WHOLE | {name: value})


def test_a_token_is_opened_with_its_own_pin_and_never_with_anothers() -> None:
    seal = {"EBELGE_SEAL_TOKEN": "operator", "EBELGE_SEAL_PIN": "1111", "EBELGE_SEAL_PINS": '{"akın ltd": "2222"}'}
    settings = load_settings(WHOLE | seal)
    assert (settings.seal_pin("operator"), settings.seal_pin("akın ltd")) == ("1111", "2222")
    assert settings.seal_pin("elsewhere") is None
    assert "1111" not in repr(settings)
    assert "2222" not in repr(settings)


@pytest.mark.parametrize("pins", ["2222", '{"akin": 2222}', '{"akin": ""}', '["2222"]', "akin=2222"])
def test_pins_that_cannot_be_read_are_refused_without_being_shown(pins: str) -> None:
    with pytest.raises(ConfigurationError, match="EBELGE_SEAL_PINS must be") as refused:
        load_settings(WHOLE | {"EBELGE_SEAL_PINS": pins})
    assert "2222" not in str(refused.value)
    assert refused.value.__context__ is None  # a JSON error holds the whole text


def test_no_secret_is_in_the_settings_text() -> None:
    assert "geheim" not in repr(load_settings(WHOLE))
