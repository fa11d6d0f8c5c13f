"""The database alone: our Python believes whatever it is told, and row security still shows one tenant's rows only."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from ebelge.core import db
from ebelge.core.config import Role
from ebelge.core.db import reseller_session, role_session
from tenants.isolation import TABLES
from tests.walks.conftest import Walked
from tests.walks.routes import routes, said

Bound = Callable[[UUID], None]


@pytest.fixture
def bound_to(monkeypatch: pytest.MonkeyPatch) -> Bound:
    """Call it with a tenant: from then on every session is bound to that one, whatever tenant Python names."""

    def bind(tenant_id: UUID) -> None:
        own = db._tenant_statement(tenant_id)
        monkeypatch.setattr(db, "_tenant_statement", lambda _: own)

    return bind


def test_walk_the_api_shows_nothing_where_only_the_database_knows_whose_session_it_is(
    walked: Walked, bound_to: Bound
) -> None:
    """Every predicate of ours names Bora (his key is presented), while the session is Akın's."""
    ids, before = walked.bora_ids(), walked.rows_of_bora()
    key = {"Authorization": f"Bearer {walked.key('bora')}"}
    client, count = walked.app.test_client(), 0
    shown = client.get(f"/api/v1/documents/{walked.bora_document['document_id']}", headers=key)
    assert walked.bora_document["number"] in said(shown)  # without the trick he sees his own
    bound_to(walked.akin)
    for route in routes(walked.app):
        if route.scope is None or route.method != "GET":
            continue
        own = {place: (ids.get(place) or ids.get(f"{place}_id") or [str(walked.bora)])[0] for place in route.places}
        answer = client.get(route.address(own), headers=key)
        for secret in walked.secrets():
            assert secret not in said(answer), (route, secret)
        count += 1
    assert walked.rows_of_bora() == before
    print(f"{count} routes of the API with every check of ours removed")


def test_walk_pages_show_nothing_where_only_the_database_knows_whose_session_it_is(
    walked: Walked, bound_to: Bound
) -> None:
    owner = walked.browsers.sign_in("owner", "bora")
    ids, before, count = walked.bora_ids(), walked.rows_of_bora(), 0
    bound_to(walked.akin)
    for route in routes(walked.app):
        if route.right is None or route.method != "GET":
            continue
        own = {place: (ids.get(place) or ids.get(f"{place}_id") or [str(walked.bora)])[0] for place in route.places}
        told = said(owner.get(route.address(own)))
        for secret in walked.secrets()[1:]:  # the frame names his company: that he belongs there was asked before
            assert secret not in told, (route, secret)
        count += 1
    assert walked.rows_of_bora() == before
    print(f"{count} pages with every check of ours removed")


def test_walk_a_reseller_sees_what_the_rules_give_of_its_own_customers_and_no_row_else(walked: Walked) -> None:
    ceren = UUID(walked.world.accounts["ceren"].tenant_id)
    seen: dict[str, int] = {}
    for table, rule in TABLES.items():
        given = rule.access.get("reseller")
        if given is None:
            with reseller_session(ceren) as session, pytest.raises(ProgrammingError, match="permission denied"):
                session.execute(text(f"SELECT 1 FROM {table} LIMIT 1"))
            continue
        with reseller_session(walked.other_reseller) as session:
            owners = set(session.execute(text(f"SELECT DISTINCT tenant_id FROM {table}")).scalars())
            assert owners <= {walked.other_reseller}, table
        with reseller_session(ceren) as session:
            owners = set(session.execute(text(f"SELECT DISTINCT tenant_id FROM {table}")).scalars())
            assert walked.akin not in owners, table
            seen[table] = len(owners)
    print(f"a reseller may read {len(seen)} of {len(TABLES)} tables: {', '.join(sorted(seen))}")
    assert seen["tenant"] > 0
    assert not {"document", "document_xml", "journal", "api_key", "person"} & seen.keys()


@pytest.mark.parametrize("role", ["app", "reseller", "people", "finance", "relay"])
def test_walk_a_role_without_a_tenant_sees_no_tenants_rows_but_what_the_rules_give(walked: Walked, role: Role) -> None:
    count = 0
    for table, rule in TABLES.items():
        given = rule.access.get(role)
        with role_session(role) as session:
            if given is None or "SELECT" not in given.privileges:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    session.execute(text(f"SELECT 1 FROM {table} LIMIT 1"))
            elif given.scope != "all":
                assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
        count += 1
    print(f"{role}: {count} tables")
