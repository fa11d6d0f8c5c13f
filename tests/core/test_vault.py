"""Secrets at rest open only with their key and for what they are."""

import base64
import os

import pytest

from ebelge.core.config import ConfigurationError
from ebelge.core.redaction import redact
from ebelge.core.vault import Vault, VaultError


def test_a_secret_opens_again_with_its_context_only():
    vault = Vault([os.urandom(32)])
    closed = vault.close(b"PKCS#12", context="seal:akin")
    assert b"PKCS" not in closed
    assert vault.open(closed, context="seal:akin") == b"PKCS#12"
    with pytest.raises(VaultError):
        vault.open(closed, context="seal:bora")
    with pytest.raises(VaultError):
        vault.open(closed[:-1] + bytes([closed[-1] ^ 1]), context="seal:akin")


def test_a_rotated_key_still_opens_old_secrets_until_it_is_dropped():
    old, new = os.urandom(32), os.urandom(32)
    closed = Vault([old]).close(b"pin", context="hsm")
    assert Vault([new, old]).open(closed, context="hsm") == b"pin"
    with pytest.raises(VaultError, match="not configured"):
        Vault([new]).open(closed, context="hsm")


def test_a_short_key_is_refused():
    with pytest.raises(VaultError):
        Vault([b"short"])


@pytest.mark.parametrize(
    "line",
    [
        "key eb_live_0123_s3cr3tTEXT used",
        "connecting to postgresql+psycopg://ebelge_app:s3cr3tTEXT@127.0.0.1/ebelge",
        'headers {"Authorization": "Bearer s3cr3tTEXT"}',
        "password=s3cr3tTEXT",
    ],
)
def test_no_secret_reaches_the_log(line):
    assert "s3cr3tTEXT" not in redact(line)


@pytest.mark.parametrize("text", ["kisa", "geheim!", "{good},kisa", "{good}x"])
def test_a_setting_that_is_no_key_is_told_by_its_place_and_not_shown(text: str):
    given = text.replace("{good}", base64.b64encode(os.urandom(32)).decode())
    with pytest.raises(ConfigurationError, match="is not base64 of 32 random bytes") as told:
        Vault.from_text(given)
    assert f"key {given.count(',') + 1} " in str(told.value) and given.split(",")[-1] not in str(told.value)
