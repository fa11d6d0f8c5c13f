"""The rows of a document that is being accepted: what the checked document and its number become."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.catalogue.prices import Price
from ebelge.core.ids import new_id
from ebelge.documents.check import Checked
from ebelge.documents.facts import TenantFacts
from ebelge.documents.models import Document
from ebelge.documents.numbers import numbering
from ebelge.documents.states import State


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked document with the id and number it is entered under; `replaces_id` makes it a correction."""

    document_id: UUID
    checked: Checked
    taken: numbering.Taken
    replaces_id: UUID | None = None


def document_row(
    tenant: TenantFacts,
    entry: Entry,
    price: Price,
    source: bytes,
    token: str,
    created_by: str,
    at: datetime,
) -> dict[str, Any]:
    """The row of a document as it is accepted."""
    one = entry.checked
    return {
        "tenant_id": tenant.tenant_id,
        "document_id": entry.document_id,
        "kind": one.kind.value,
        "profile": one.profile,
        "type_code": one.type_code,
        "state": State.ACCEPTED.value,
        "channel": one.channel,
        "ettn": one.ettn,
        "number": entry.taken.number,
        "number_held": True,
        "series_id": one.series.series_id,
        "serial": entry.taken.serial,
        "issue_date": one.issue_date,
        "buyer_vkn_tckn": one.buyer_vkn_tckn,
        "buyer_title": one.buyer_title,
        "buyer_email": one.buyer_email,
        "receiver_alias": one.receiver_alias,
        "sender_alias": one.sender_alias,
        "currency": one.currency,
        "payable_kurus": one.payable_kurus,
        "line_count": one.line_count,
        "kontor": price.kontor,
        "price_id": price.price_id,
        "replaces_id": entry.replaces_id,
        "superseded": False,
        "source_sha256": hashlib.sha256(source).digest(),
        "signed_sha256": None,
        "signed_at": None,
        "zarf_id": None,
        "gib_code": None,
        "link_token": token,
        "created_by": created_by,
        "created_at": at,
        "progress_at": at,
        "final_at": None,
        "buyer_answer": None,
    }


def event_row(row: dict[str, Any], one: Checked, at: datetime) -> dict[str, Any]:
    """The first step of its timeline."""
    number, kontor = row["number"], row["kontor"]
    data: dict[str, Any] = {"number": number, "by": row["created_by"]}
    if row["replaces_id"] is not None:
        data["replaces_id"] = str(row["replaces_id"])
    if one.warnings:
        data["warnings"] = [
            {"rule": found.rule, "tr": found.message_tr, "en": found.message_en} for found in one.warnings[:20]
        ]
    return {
        "tenant_id": row["tenant_id"],
        "document_id": row["document_id"],
        "event_id": new_id(),
        "at": at,
        "kind": State.ACCEPTED.value,
        "state": State.ACCEPTED.value,
        "code": "",
        "text_tr": f"Kurallara uygun bulundu, {number} numarasını aldı, {kontor} kontör ayrıldı.",
        "text_en": f"Found to keep all rules, numbered {number}, {kontor} kontör held.",
        "kontor": -kontor,
        "data": json.dumps(data, ensure_ascii=False),
    }


def as_document(row: dict[str, Any]) -> Document:
    """A row as it was just written, for reading; setting attributes one by one would cost more than the insert."""
    document = Document()
    document.__dict__.update(row)
    return document
