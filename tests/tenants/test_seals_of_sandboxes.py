"""A sandbox can never hold a live seal, nor a live account a seal of the sandbox: the database says so."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SealUnusable


@pytest.fixture(scope="module")
def seal_file() -> bytes:
    at = utc_now()
    return DevelopmentCa.create(at=at).issue(vkn_tckn="4810573263", name="Akın", password="x", at=at)


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_seal_is_of_its_tenants_mode(mode: str, open_account, seal_file: bytes) -> None:
    opened = open_account()
    right, wrong = (opened.tenant_id, opened.sandbox_id) if mode == "live" else (opened.sandbox_id, opened.tenant_id)
    with tenant_session(right) as session:
        seals.add_pkcs12(session, tenant_id=right, mode=mode, data=seal_file, password="x")
    with pytest.raises(IntegrityError, match="seal_tenant_id_mode_fkey"), tenant_session(wrong) as session:
        seals.add_pkcs12(session, tenant_id=wrong, mode=mode, data=seal_file, password="x")


def test_in_production_a_live_account_never_signs_with_a_file(
    open_account, seal_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, at = open_account(), utc_now()
    live, sandbox = opened.tenant_id, opened.sandbox_id
    for tenant_id, mode in ((live, "live"), (sandbox, "test")):
        with tenant_session(tenant_id) as session:
            seals.add_pkcs12(session, tenant_id=tenant_id, mode=mode, data=seal_file, password="x")
    monkeypatch.setenv("EBELGE_ENVIRONMENT", "production")
    settings.cache_clear()
    try:
        assert OpenSeals().of(SealOwner(sandbox), at=at)
        with pytest.raises(SealUnusable, match="into the HSM"):
            OpenSeals().of(SealOwner(live), at=at)
        with pytest.raises(SealUnusable, match="into the HSM"), tenant_session(live) as session:
            seals.add_pkcs12(session, tenant_id=live, mode="live", data=seal_file, password="x")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
