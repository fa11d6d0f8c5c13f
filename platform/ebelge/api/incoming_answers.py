"""Answers about documents that came in."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from ebelge.api.answers import Answer, Instant, Money
from ebelge.core.findings import Language
from ebelge.documents.incoming.models import IncomingDocument, IncomingEvent

API = "/api/v1/incoming"
Kind = Literal["efatura", "eirsaliye"]


class Sender(Answer):
    """Who issued the document."""

    vkn_tckn: str = Field(examples=["1920384751"])
    title: str
    alias: str = Field(description="The unit (etiket) at GİB it was sent from")


class Seal(Answer):
    """Who sealed it: the signature was verified when the document came."""

    vkn_tckn: str = Field(description="Of the seal's owner: the issuer, or his integrator")
    subject: str
    signing_time: Instant


class IncomingTax(Answer):
    """A tax of the document at one rate."""

    code: str = Field(examples=["0015"])
    rate: str = Field(examples=["20"])
    base_kurus: int
    tax_kurus: int
    withheld: bool = Field(description="Tevkifat: paid by the buyer")


class IncomingLinks(Answer):
    """Where to go on."""

    self: str
    html: str
    xml: str
    events: str


class IncomingAnswer(Answer):
    """A document that came in."""

    document_id: UUID
    kind: str = Field(examples=["efatura"])
    profile: str = Field(examples=["TICARIFATURA"])
    type_code: str = Field(examples=["SATIS"])
    number: str
    ettn: UUID
    issue_date: date
    sender: Sender
    receiver_alias: str = Field(description="Our mailbox (etiket) it came to")
    payable: Money
    base_kurus: int = Field(description="Before taxes, in the payable's currency")
    kdv_kurus: int
    other_tax_kurus: int
    tevkifat_kurus: int
    taxes: list[IncomingTax]
    line_count: int
    received_at: Instant
    answerable_until: Instant | None = Field(default=None, description="Until then it may be answered; null: never")
    answer: str = Field(description="none, accepted, rejected, partly, returned, assumed")
    answered_at: Instant | None = None
    references_number: str | None = Field(default=None, description="Of a return: the invoice that goes back")
    references_id: UUID | None = Field(default=None, description="That invoice, if it is one of the account's own")
    zarf_id: UUID
    signed_sha256: str
    seal: Seal
    kontor: int = Field(description="What it cost; it came although kontör may have been missing")
    links: IncomingLinks


class IncomingPage(Answer):
    """A page of documents that came in, newest first."""

    items: list[IncomingAnswer]
    next_cursor: str | None = None


class IncomingStep(Answer):
    """A step in the life of a document that came in."""

    event_id: UUID
    at: Instant
    kind: str
    code: str
    text: str
    data: dict[str, Any]


class IncomingSteps(Answer):
    """The timeline, oldest first."""

    items: list[IncomingStep]


def shown(row: IncomingDocument) -> IncomingAnswer:
    """A row as the API shows it."""
    names = (
        "document_id kind profile type_code number ettn issue_date receiver_alias base_kurus kdv_kurus other_tax_kurus "
        "tevkifat_kurus line_count received_at answerable_until answer answered_at references_number references_id "
        "zarf_id kontor"
    )
    at = f"{API}/{row.document_id}"
    return IncomingAnswer(
        **{name: getattr(row, name) for name in names.split()},
        sender=Sender(vkn_tckn=row.sender_vkn_tckn, title=row.sender_title, alias=row.sender_alias),
        payable=Money(amount_kurus=row.payable_kurus, currency=row.currency),
        taxes=[IncomingTax(**tax) for tax in row.taxes],
        signed_sha256=row.signed_sha256.hex(),
        seal=Seal(vkn_tckn=row.signer_vkn_tckn, subject=row.signer_name, signing_time=row.signing_time),
        links=IncomingLinks(self=at, html=f"{at}/html", xml=f"{at}/xml", events=f"{at}/events"),
    )


def step(row: IncomingEvent, language: Language) -> IncomingStep:
    """A step in the reader's language."""
    text = row.text_tr if language == "tr" else row.text_en
    return IncomingStep(event_id=row.event_id, at=row.at, kind=row.kind, code=row.code, text=text, data=row.data)
