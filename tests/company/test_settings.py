"""Settings: typed, versioned, and in force."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.notify.post import addressed
from tenants.audit.entries import command
from tenants.company import settings
from tenants.company.settings import Choice
from tenants.fields import InvalidFields

STAFF = command("tenants", by="Ayşe")


def save(tenant_id, **choice) -> int:
    with tenant_session(tenant_id) as session:
        return settings.save(session, tenant_id=tenant_id, choice=Choice(**choice), actor=STAFF, at=utc_now())


def current(tenant_id):
    with tenant_session(tenant_id) as session:
        return settings.current(session, tenant_id=tenant_id)


def test_what_is_not_chosen_follows_the_defaults(open_account) -> None:
    tenant_id = open_account().tenant_id
    assert current(tenant_id) == settings.DEFAULTS
    assert save(tenant_id, mail_language="en") == 1
    assert (current(tenant_id).mail_language, current(tenant_id).seal_warn_days) == ("en", 30)


def test_each_change_is_a_version_and_the_same_again_is_none(open_account) -> None:
    tenant_id = open_account().tenant_id
    assert [save(tenant_id, seal_warn_days=days) for days in (10, 10, 20)] == [1, 1, 2]
    with tenant_session(tenant_id) as session:
        kept = session.scalars(text("SELECT seal_warn_days FROM company_settings ORDER BY version")).all()
    assert kept == [10, 20]


@pytest.mark.parametrize(
    "choice", [{"default_scenario": "KAMU"}, {"mail_language": "de"}, {"seal_warn_days": 0}, {"seal_warn_days": 181}]
)
def test_what_is_not_offered_is_refused(open_account, choice) -> None:
    tenant_id = open_account().tenant_id
    with pytest.raises(InvalidFields) as refused:
        save(tenant_id, **choice)
    assert list(refused.value.wrong) == list(choice)


def test_letters_are_written_in_the_chosen_language(open_account) -> None:
    tenant_id = open_account().tenant_id
    save(tenant_id, mail_language="en")
    with tenant_session(tenant_id) as session:
        assert addressed(session, tenant_id=tenant_id)[1] == "en"
