"""Desks of people of two companies in the shared database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.drafting.drafts import Desk


@pytest.fixture
def desk(settings) -> Desk:
    """Ayşe's, who sees all drafts of her company."""
    return Desk(new_id(), new_id(), whole=True)


@pytest.fixture
def run(desk: Desk) -> Callable:
    """Call a domain function in a transaction of Ayşe's company, or of `tenant`."""

    def call(work: Callable, *, tenant=None, **given):
        with tenant_session(tenant or desk.tenant_id) as session:
            found = work(session, **given)
            session.flush()
            session.expunge_all()
            return found

    return call
