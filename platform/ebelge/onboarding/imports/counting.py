"""An import counted again: what the database holds of it, asked afresh."""

from uuid import UUID

from sqlalchemy import func, select, text

from billing.ledger.models import Lot
from ebelge.core.db import role_session
from ebelge.onboarding.imports.filing import batches, old_id
from ebelge.onboarding.imports.plan import Plan
from ebelge.onboarding.imports.totals import Totals
from ebelge.onboarding.imports.writing import lot_source


def count(plan: Plan, ids: dict[str, UUID]) -> Totals:
    """What the database holds of this import now, counted afresh by the reader."""
    lot_keys = [lot_source(ids[one.account], one) for one in plan.book.lots]
    tenants = list(set(ids.values()))
    values = {"import_id": plan.import_id, "tenants": tenants}
    with role_session("reader") as session:
        marks: dict[str, int] = {row.part: row.rows for row in session.execute(_MARKS, values)}
        lot = session.execute(
            select(func.count(), *(func.coalesce(func.sum(one), 0) for one in (Lot.granted, Lot.net_price_kurus)))
            .where(Lot.tenant_id.in_(tenants), Lot.source == "opening", Lot.source_id.in_(lot_keys))
        ).one()  # fmt: skip
        contacts = session.execute(_CONTACTS, values).scalar_one()
        documents, lira = 0, 0
        for batch in batches(plan.documents.records, 1000):
            keys = [old_id(ids[one.account], one) for one in batch]
            row = session.execute(_DOCUMENTS, {"tenants": tenants, "keys": keys}).one()
            documents, lira = documents + row.many, lira + int(row.lira)
    return Totals(
        accounts=marks.get("account", 0),
        people=marks.get("people", 0),
        series=marks.get("series", 0),
        lots=lot[0],
        kontor=int(lot[1]),
        lots_net_kurus=int(lot[2]),
        contacts=contacts,
        documents=documents,
        documents_try_kurus=lira,
    )


_MARKS = text(
    "SELECT part, sum(rows)::bigint AS rows FROM import_part WHERE import_id = :import_id "
    "AND tenant_id = ANY(:tenants) GROUP BY part"
)
_CONTACTS = text("SELECT count(*) FROM contact WHERE import_id = :import_id AND tenant_id = ANY(:tenants)")
_DOCUMENTS = text(
    "SELECT count(*) AS many, coalesce(sum(payable_kurus) FILTER (WHERE currency = 'TRY'), 0) AS lira "
    "FROM old_document WHERE tenant_id = ANY(:tenants) AND document_id = ANY(:keys)"
)
