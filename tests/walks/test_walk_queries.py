"""Every page asks the database as often for 200 rows as for one: whatever it lists, nothing is looked up row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from ebelge.devstack.services import Services
from tenants.isolation import TABLES
from tests.walks.conftest import Walked
from tests.walks.ids import ids_of
from tests.walks.multiply import multiply
from tests.walks.routes import routes
from tests.web.browsers import Browser

ROWS = 200
# Who opens a page: the first whose role may.
LOOKERS = ("akin owner", "ceren reseller_admin", "ebelge operator_admin", "ebelge finance", "ebelge support")
# Of these a tenant or a day has one row at a time, or the form of a key leaves no room: no copy fits beside a row.
SINGLE = frozenset({
    "price", "package_version", "tenant_package", "tenant_price", "reseller_contract", "text_version", "report",
    "embedded_sheet",
})  # fmt: skip


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def asked(walker: Browser, address: str) -> list[str] | None:
    """The statements of a page that has been opened before; None if it shows nothing."""
    if walker.get(address).status_code != 200:
        return None
    with counted() as sent:
        walker.get(address)
    return sent


def shown(walked: Walked, walkers: dict[str, Browser]) -> dict[str, tuple[Browser, list[str]]]:
    """Address of each page that shows something -> who looks, and its statements."""
    found = {}
    ids = {name: _ids(walked, name.split()[0]) for name in LOOKERS}
    for route in routes(walked.app):
        if route.method != "GET" or route.scope is not None:
            continue
        for name in LOOKERS:
            address = route.address(ids[name])
            sent = asked(walkers[name], address)
            if sent is not None:
                found[address] = (walkers[name], sent)
                break
    return found


def _ids(walked: Walked, company: str) -> dict[str, str]:
    """The company's own ids, else Akın's, whom the others look after."""
    found: dict[str, str] = {"tenant_id": str(walked.akin), "customer_id": str(walked.akin)}
    for tenant_id in (walked.akin, UUID(walked.world.accounts[company].tenant_id)):
        found |= {column: min(values) for column, values in ids_of(tenant_id).items()}
    return found


@pytest.fixture(scope="module")
def superuser_url(services: Services, walked: Walked, walk_settings: Any) -> str:
    if services.superuser_url is None:
        pytest.skip("needs the embedded PostgreSQL: rows are copied as its superuser")
    path = urlsplit(str(walk_settings.database_url)).path
    return urlunsplit(urlsplit(services.superuser_url)._replace(path=path))


def test_walk_pages_ask_as_often_for_many_rows_as_for_one(
    walked: Walked, walkers: dict[str, Browser], superuser_url: str
) -> None:
    before = shown(walked, walkers)
    refused = multiply(superuser_url, TABLES, copies=ROWS - 1)
    wrong = []
    for address, (walker, few) in before.items():
        many = asked(walker, address)
        if many is None:
            wrong.append(f"{address}: answers {walker.get(address).status_code}")
        elif len(many) != len(few):
            more = sorted({one for one in many if many.count(one) > few.count(one)}, key=many.count)
            wrong.append(f"{address}: {len(few)} statements for few rows, {len(many)} for many; {more[-1:]}")
    print(f"{len(before)} pages asked with few rows and with many")
    assert not wrong, "\n".join(wrong)
    assert refused.keys() <= SINGLE, {table: why for table, why in refused.items() if table not in SINGLE}
    assert len(before) > 50
