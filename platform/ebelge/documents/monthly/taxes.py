"""The tax row of an outgoing document: written as it is accepted; made up for documents that were accepted before."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.documents.models import Document
from ebelge.documents.monthly.models import DocumentTax
from ebelge.documents.sheets import SOURCE
from ebelge.ubl.names import ALL_ROOTS
from ebelge.ubl.reading import read_tree
from ebelge.ubl.taxes import Taxes, taxes_of

# Kinds whose documents name amounts.
WITHOUT_MONEY = "eirsaliye"


def rows_of(documents: Sequence[tuple[dict[str, Any], Taxes]]) -> list[dict[str, Any]]:
    """The rows of documents that are being accepted; JSON as text, as `rows.insert_rows` wants it."""
    return [
        {"tenant_id": row["tenant_id"], "document_id": row["document_id"]}
        | _values(taxes)
        | {"taxes": json.dumps(_lines(taxes))}
        for row, taxes in documents
        if row["kind"] != WITHOUT_MONEY
    ]


def fill(session: Session, *, tenant_id: UUID, limit: int = 500) -> int:
    """Make up the rows of documents that have none, from the XML as it was accepted; returns how many.

    Repeating it changes nothing: an accepted XML never changes, and so neither does what it says.
    """
    found = session.execute(
        select(Document.document_id, SOURCE.c.source)
        .join(
            SOURCE,
            (SOURCE.c.tenant_id == Document.tenant_id) & (SOURCE.c.document_id == Document.document_id),
        )
        .outerjoin(
            DocumentTax,
            (DocumentTax.tenant_id == Document.tenant_id) & (DocumentTax.document_id == Document.document_id),
        )
        .where(Document.tenant_id == tenant_id, DocumentTax.document_id.is_(None), Document.kind != WITHOUT_MONEY)
        .limit(limit)
    ).all()
    for document_id, source in found:
        taxes = taxes_of(read_tree(source, roots=ALL_ROOTS.keys()))
        values = {"tenant_id": tenant_id, "document_id": document_id, "taxes": _lines(taxes)} | _values(taxes)
        session.execute(insert(DocumentTax).values(values).on_conflict_do_nothing())
    return len(found)


def _values(taxes: Taxes) -> dict[str, int]:
    return {
        "base_kurus": taxes.base_kurus,
        "kdv_kurus": taxes.kdv_kurus,
        "other_tax_kurus": taxes.other_kurus,
        "tevkifat_kurus": taxes.withheld_kurus,
    }


def _lines(taxes: Taxes) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code, "rate": one.rate, "base_kurus": one.base_kurus, "tax_kurus": one.tax_kurus,
            "withheld": one.withheld,
        }
        for one in taxes.lines
    ]  # fmt: skip
