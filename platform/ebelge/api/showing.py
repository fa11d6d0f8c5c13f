"""Rows of documents as answers, in the reader's language."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ebelge.api.answers import AcceptedAnswer, Buyer, DocumentAnswer, EventAnswer, FindingAnswer, Links, Money
from ebelge.core.config import settings
from ebelge.core.findings import Finding, Language
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.states import STATE_TEXTS
from ebelge.edge.access import bearer

API = "/api/v1/documents"


def document(row: Document, language: Language) -> DocumentAnswer:
    """A document as the API shows it."""
    return DocumentAnswer(**_fields(row, language))


def accepted(row: Document, warnings: Iterable[Finding], language: Language) -> AcceptedAnswer:
    """A document that was just accepted, with what the rules only warn of."""
    return AcceptedAnswer(**_fields(row, language), warnings=findings(warnings, language))


def findings(found: Iterable[Finding], language: Language) -> list[FindingAnswer]:
    """Findings in the reader's language."""
    return [FindingAnswer(**finding.answer(language)) for finding in found]


def event(row: DocumentEvent, language: Language) -> EventAnswer:
    """A step of the timeline."""
    return EventAnswer(
        event_id=row.event_id,
        at=row.at,
        kind=row.kind,
        state=row.state,
        text=row.text_tr if language == "tr" else row.text_en,
        code=row.code,
        kontor=row.kontor,
        data=row.data,
    )


def buyer_link(token: str) -> str:
    """The address of the buyer's page."""
    return f"{settings().public_base_url}/b/{token}"


def _fields(row: Document, language: Language) -> dict[str, Any]:
    names = (
        "document_id kind state number ettn profile type_code issue_date line_count channel kontor replaces_id "
        "superseded gib_code signed_at created_at final_at"
    )
    texts = STATE_TEXTS[row.state]
    return {name: getattr(row, name) for name in names.split()} | {
        "mode": bearer().mode,
        "state_text": texts[0] if language == "tr" else texts[1],
        "buyer": Buyer(
            vkn_tckn=row.buyer_vkn_tckn, title=row.buyer_title, email=row.buyer_email, alias=row.receiver_alias
        ),
        "payable": Money(amount_kurus=row.payable_kurus, currency=row.currency),
        "signed_sha256": row.signed_sha256.hex() if row.signed_sha256 else None,
        "links": _links(row.document_id, row.link_token),
    }


def _links(document_id: UUID, token: str) -> Links:
    at = f"{API}/{document_id}"
    return Links(self=at, html=f"{at}/html", xml=f"{at}/xml", events=f"{at}/events", buyer=buyer_link(token))
