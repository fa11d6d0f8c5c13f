"""A small world: accounts as onboarding opens them."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.onboarding.accounts import Opened, open_tenant
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity

_numbers = itertools.count(secrets.randbelow(40_000_000))


@pytest.fixture
def someone() -> Callable[..., Identity]:
    """Call it for a company that has no account yet."""

    def made(title: str = "Akın Ltd. Şti.") -> Identity:
        number = next(_numbers)
        return Identity(vkn_tckn=vkn(number), title=title, district="Çankaya", city="Ankara", tax_office="Çankaya")

    return made


@pytest.fixture
def open_account(settings: Settings, someone: Callable[..., Identity]) -> Callable[..., Opened]:
    """Call it for an account without any service, and its sandbox."""

    def opened(title: str = "Akın Ltd. Şti.", **wishes) -> Opened:
        tenant_id = new_id()
        given = {"kind": "customer", "identity": someone(title), "at": utc_now()} | wishes
        with tenant_session(tenant_id) as session:
            return open_tenant(session, tenant_id=tenant_id, **given)

    return opened
