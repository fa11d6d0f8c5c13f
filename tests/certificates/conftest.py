"""Those who issue seals as a real process, trusted by the settings; certificates of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import text

from ebelge.core.db import role_session
from tests.strangers.ca import Ca
from tests.strangers.process import all_stopped

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ca]:
    with all_stopped() as started:
        started.append(running := Ca.start_in(tmp_path_factory.mktemp("ca")))
        yield running


@pytest.fixture
def authority(_authority: Ca) -> Ca:
    """An issuer that says of everything that it is good."""
    _authority.control("POST", "reset")
    return _authority


@pytest.fixture
def trusted(authority: Ca, settings, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Ca:
    """The settings trust it, and nobody is waited for long."""
    monkeypatch.setenv("EBELGE_SEAL_ANCHORS", str(authority.anchors_in(tmp_path / "anchors.pem")))
    monkeypatch.setenv("EBELGE_REVOCATION_TIMEOUT_S", "0.5")
    with role_session("app") as session:  # lists of former tests have run out
        session.execute(text("UPDATE revocation_list SET fetched_at = '2020-01-01'"))
    return authority


@pytest.fixture
def certificate(authority: Ca) -> Callable[..., x509.Certificate]:
    """A certificate of the issuer's; what it says is chosen by keywords."""

    def make(**other) -> x509.Certificate:
        return authority.issue(KEY.public_key(), **other)

    return make
