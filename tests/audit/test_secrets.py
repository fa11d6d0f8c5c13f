"""No secret enters the log, whatever a caller hands over; what is too long is cut; what cannot be kept is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from tenants.audit.actions import ACTIONS, AREAS
from tenants.audit.areas.action import Action
from tenants.audit.kept import HIDDEN, SIDE_BYTES_MAX, UndeclaredField, apart, changed, json_text, kept
from tenants.audit.words import FIELDS
from tests.audit.conftest import AYSE

ANY = Action("x", "x", ("note", "value", "password", "items"), ("email",))
SECRETS = (
    "eb_live_0123456789abcdef_" + "a" * 64,
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "sk_live_51H8abcdefghijklmnop",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
    "otpauth://totp/Ebelge:a?secret=JBSWY3DPEHPK3PXP",
    "4111 1111 1111 1111",
    "5555-5555-5555-4444",
    "postgresql://ebelge:geheim@localhost/x",
    "password=geheim12",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_struck_out_wherever_it_stands(secret: str) -> None:
    core = secret.split("geheim")[0][-12:] if "geheim" not in secret else "geheim"
    for value in (secret, f"before {secret} after", {"a": [secret]}, {secret: 1}):
        told = json_text(kept(value, "note"))
        assert core not in told, told
        assert HIDDEN in told


@pytest.mark.parametrize(
    "name", ["password", "new_password", "parola", "secret", "secret_sha256", "token", "api_key", "key", "pin",
             "PIN_code", "totp", "pkcs12", "cvc", "card_number", "authorization", "cookie", "private_key", "iban"],
)  # fmt: skip
def test_a_field_with_a_secret_name_is_never_kept(name: str) -> None:
    assert kept("harmless", name) == HIDDEN
    assert kept({name: "harmless"}, "value") == {name: HIDDEN}


def test_the_deny_list_holds_against_an_action_that_lists_a_secret() -> None:
    fields, _ = changed(ANY, "x.y", {"password": "a"}, {"password": "b"})
    assert fields == {"before": {"password": HIDDEN}, "after": {"password": HIDDEN}}


def test_ids_and_numbers_of_the_trade_are_no_secrets() -> None:
    for value in (
        "1920384751",
        "10000000146",
        "AKA2026000000001",
        "01234567-0123-4123-8123-012345678901",
        "TR reference",
    ):
        assert kept(value, "note") == value


def test_values_that_json_does_not_know_are_made_plain() -> None:
    at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    given = {"at": at, "id": UUID(int=1), "d": Decimal("1.50"), "s": frozenset({"b", "a"}), "o": object(), "b": b"\x00"}
    assert kept(given, "value") == {
        "at": "2026-11-29T12:00:00+00:00", "id": str(UUID(int=1)), "d": "1.50", "s": ["a", "b"], "o": "(object)",
        "b": "(bytes)",
    }  # fmt: skip


DEEP = {"a": {"b": {"c": {"d": {"e": 1}}}}}
HOSTILE = ["\x00|\r\n=1+1", "\ud800", "a" * 1_000_000, "🧾" * 10_000, DEEP, ["x" * 900] * 900,
           {f"k{n}" * 50: "v" * 900 for n in range(500)}]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_value_is_bounded_and_can_be_stored(akin, noted, value: object) -> None:
    fields, _ = changed(ANY, "x.y", None, {"value": value, "items": value, "note": value})
    assert len(json_text(fields).encode()) <= SIDE_BYTES_MAX + 200
    json.loads(json_text(fields).encode().decode())
    noted(akin, action="service.settings_changed", name="x", value=value)


def test_hostile_actors_and_ids_are_stored_too(akin, noted) -> None:
    from tenants.audit.entries import Actor

    hostile = "a|b\x00\n" + "🧾" * 5000
    actor = Actor("visitor", hostile, hostile, hostile, address=hostile, agent=hostile, request_id=hostile)
    assert noted(akin, actor)
    assert apart(hostile).startswith("a_b__")


def test_what_has_no_room_is_named() -> None:
    fields, _ = changed(ANY, "x.y", None, {"note": "a", "value": ["b" * 500] * 50})
    assert fields["after"] == {"note": "a", "_cut": ["value"]}


def test_a_field_that_no_action_lists_is_refused() -> None:
    with pytest.raises(UndeclaredField, match="does not list hash"):
        changed(ANY, "x.y", None, {"hash": "x"})


def test_no_action_lists_a_secret_and_each_of_its_fields_has_words() -> None:
    for name, action in ACTIONS.items():
        for field in (*action.fields, *action.personal):
            assert kept("x", field) == "x", (name, field)
            assert field in FIELDS, (name, field)
        assert action.tr, name
        assert action.en, name


def test_an_action_stands_in_one_area_only() -> None:
    assert len(ACTIONS) == sum(len(actions) for _, actions in AREAS.values())
    assert AYSE.kind == "person"
