"""Reading: pages, look-ups and timelines, each in one tenant and each by an index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from billing.ledger import lots
from ebelge.archive.search import Filters as Found
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents import lists, queries
from ebelge.documents.looking import Wanted
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.numbers import numbering
from ebelge.documents.queries import Filters
from ebelge.documents.sheets import SOURCE
from ebelge.documents.submit import Submission
from tenants.members.reach import Reach

SMALL = b'<a xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:ID>%s</cbc:ID></a>'


def listed(world: Any, filters: Filters, **settings: Any) -> list[int]:
    with tenant_session(world.akin) as session:
        page = queries.list_page(session, tenant_id=world.akin, filters=filters, **settings)
    return [document.serial for document in page.documents]


def test_pages_follow_each_other_newest_first(world: Any) -> None:
    world.send(*(Submission(draft=world.draft(n=n)) for n in range(1, 6)))
    seen: list[list[int]] = []
    after: UUID | None = None
    while True:
        with tenant_session(world.akin) as session:
            page = queries.list_page(session, tenant_id=world.akin, filters=Filters(), after=after, limit=2)
        seen.append([document.serial for document in page.documents])
        after = page.next_after
        if after is None:
            break

    assert seen == [[5, 4], [3, 2], [1]]


def test_lists_are_narrowed(world: Any) -> None:
    yesterday = world.today - timedelta(days=1)
    world.send(Submission(draft=world.draft(issue_date=yesterday.isoformat())))
    (second,) = world.send(Submission(draft=world.draft()))
    world.send(Submission(draft=world.draft("emm")))

    assert listed(world, Filters(kind="efatura")) == [2, 1]
    assert listed(world, Filters(kind="emm")) == [1]
    assert listed(world, Filters(state="signed")) == []
    assert listed(world, Filters(state="accepted", day_to=yesterday)) == [1]
    assert listed(world, Filters(day_from=world.today, kind="efatura")) == [2]
    assert listed(world, Filters(buyer_vkn_tckn=second.buyer_vkn_tckn)) == [2, 1]
    assert listed(world, Filters(number=second.number)) == [2]


def test_another_tenants_documents_are_not_there(world: Any) -> None:
    (theirs,) = world.send(Submission(draft=world.draft("earsiv")), tenant=world.bora)

    assert listed(world, Filters()) == []
    with tenant_session(world.akin) as session:
        for look_up in (
            lambda: queries.get(session, tenant_id=world.akin, document_id=theirs.document_id),
            lambda: queries.get(session, tenant_id=world.bora, document_id=theirs.document_id),
            lambda: queries.by_ettn(session, tenant_id=world.akin, ettn=theirs.ettn),
            lambda: queries.by_number(session, tenant_id=world.akin, number=theirs.number),
            lambda: queries.timeline(session, tenant_id=world.akin, document_id=theirs.document_id),
            lambda: queries.source_xml(session, tenant_id=world.bora, document_id=theirs.document_id),
        ):
            with pytest.raises(NotFound):
                look_up()


def test_a_document_is_found_by_what_is_printed_on_it(world: Any) -> None:
    (document,) = world.send(Submission(draft=world.draft()))
    with tenant_session(world.akin) as session:
        found = [
            queries.by_ettn(session, tenant_id=world.akin, ettn=document.ettn),
            queries.by_number(session, tenant_id=world.akin, number=document.number),
        ]
        source = queries.source_xml(session, tenant_id=world.akin, document_id=document.document_id)
    assert [one.document_id for one in found] == [document.document_id] * 2
    assert document.number.encode() in source


@pytest.fixture
def crowd(world: Any, owner: psycopg.Connection[Any]) -> Any:
    """Enough rows of two tenants that a planner with a choice takes an index."""
    for tenant in (world.akin, world.bora):
        with tenant_session(tenant) as session:
            lots.grant(
                session, tenant_id=tenant, source="bonus", source_id=uuid4(), kontor=5000, net_price_kurus=0,
                expires_at=world.at + timedelta(days=100), at=world.at,
            )  # fmt: skip
        one = world.check(Submission(draft=world.draft("emm")), tenant=tenant)
        small = replace(one, xml=SMALL % one.placeholder.encode())
        facts = world.facts(tenant)
        for _ in range(2):
            world.accept(facts, [replace(small, ettn=uuid4()) for _ in range(1000)])
    for table in ("document", "document_event", "document_xml", "open_number", "outbox_message"):
        owner.execute(f"ANALYZE {table}")
    return world


def plan(session: Session, sql: str, values: Any = None) -> str:
    rows = session.connection().exec_driver_sql(f"EXPLAIN (COSTS OFF) {sql}", values)
    return "\n".join(row[0] for row in rows)


def literal(statement: Select[Any]) -> str:
    return str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))


def test_no_query_scans_a_table(crowd: Any) -> None:
    tenant, some = crowd.akin, uuid4()
    day = crowd.today
    pages = [
        Filters(),
        Filters(kind="emm"),
        Filters(state="accepted"),
        Filters(state="refused", kind="emm"),
        Filters(day_from=day - timedelta(days=3), day_to=day),
        Filters(buyer_vkn_tckn="11111111111"),
        Filters(number="AKM2026000000007"),
        Filters(kind="emm", state="sent", day_from=day, day_to=day, buyer_vkn_tckn="1", number="2"),
    ]
    statements = [literal(queries.page_statement(tenant, one, some).limit(50)) for one in pages]
    statements += [literal(queries.page_statement(tenant, Filters(), None).limit(50))]
    narrow = Reach(frozenset({uuid4()}), frozenset({"AKM"}))
    statements += [literal(queries.page_statement(tenant, one, some, narrow).limit(50)) for one in pages]
    wanted = [
        Wanted(),
        Wanted(entry=Found(kind="emm")),
        Wanted(states=("refused", "undelivered"), entry=Found(amount_from=5)),
        Wanted(needs=True),
        Wanted(answer="rejected"),
        Wanted(answer="awaiting"),
        Wanted(entry=Found(vkn_tckn="11111111111", day_from=day)),
        Wanted(ettn=some),
        Wanted(needs=True, entry=Found(tag_ids=(some,))),
    ]
    statements += [literal(lists.statement(tenant, one, at=crowd.at).limit(50)) for one in wanted]
    statements += [
        literal(select(Document).where(Document.tenant_id == tenant, Document.ettn == some)),
        literal(select(Document).where(Document.tenant_id == tenant, Document.document_id == some)),
        literal(
            select(Document)
            .where(Document.tenant_id == tenant, Document.number == "AKM2026000000007")
            .order_by(Document.number_held.desc(), Document.document_id.desc())
        ),
        literal(select(SOURCE).where(SOURCE.c.tenant_id == tenant, SOURCE.c.document_id == some)),
        literal(
            select(DocumentEvent)
            .where(DocumentEvent.tenant_id == tenant, DocumentEvent.document_id == some)
            .order_by(DocumentEvent.at, DocumentEvent.event_id)
        ),
    ]
    with tenant_session(tenant) as session:
        for sql in statements:
            found = plan(session, sql.replace("%", "%%"))
            assert "Seq Scan" not in found, f"{sql}\n{found}"
            assert "Index" in found


def test_numbering_scans_no_table(crowd: Any) -> None:
    values = {"tenant_id": crowd.akin, "numbers": [f"AKM{crowd.today.year}000000500"], "count": 5}
    with tenant_session(crowd.akin) as session:
        for statement in (numbering._NEIGHBOURS, numbering._HELD):
            sql = str(statement.compile(dialect=postgresql.psycopg.dialect()))
            found = plan(session, sql, values)
            assert "Seq Scan" not in found, found
