"""The form of every answer: models that are rendered and described in the OpenAPI document."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer


def rfc3339(instant: datetime) -> str:
    """An instant as RFC 3339 in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


Instant = Annotated[
    datetime, PlainSerializer(rfc3339, return_type=str, when_used="json"), Field(description="RFC 3339, UTC")
]


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, json_schema_mode_override="serialization")


class Money(Answer):
    """An amount in whole kuruş (1.249,90 TL is 124990), or the minor unit of another currency."""

    amount_kurus: int = Field(examples=[12050])
    currency: str = Field(examples=["TRY"])


class Buyer(Answer):
    """Who receives the document."""

    vkn_tckn: str = Field(examples=["1920384751"])
    title: str
    email: str | None = None
    alias: str | None = Field(default=None, description="Mailbox (etiket) at GİB the document is sent to")


class Links(Answer):
    """Where to go on."""

    self: str
    html: str
    xml: str
    events: str
    buyer: str = Field(description="The buyer's page: no sign-in, not to be guessed; pass it on or print it")


class DocumentAnswer(Answer):
    """One document and where it stands."""

    document_id: UUID
    mode: str = Field(description="live, or test: a sandbox's document, without legal effect")
    kind: str = Field(examples=["efatura"])
    state: str = Field(examples=["accepted"])
    state_text: str = Field(description="The state in the reader's language")
    number: str = Field(examples=["AKN2026000000001"])
    ettn: UUID
    profile: str = Field(examples=["TEMELFATURA"])
    type_code: str = Field(examples=["SATIS"])
    issue_date: date
    buyer: Buyer
    payable: Money
    line_count: int
    channel: str = Field(description="gib, mail or paper")
    kontor: int = Field(description="What it cost; see events for what came back")
    replaces_id: UUID | None = Field(default=None, description="The refused document this one corrects")
    superseded: bool = Field(description="A correction took its number over")
    gib_code: int | None = Field(default=None, description="Last status code of GİB for its envelope")
    signed_sha256: str | None = Field(default=None, description="SHA-256 of the signed XML in the archive")
    signed_at: Instant | None = None
    created_at: Instant
    final_at: Instant | None = None
    links: Links


class FindingAnswer(Answer):
    """What a rule found, and how to mend it."""

    rule: str
    severity: str = Field(examples=["error"])
    message: str = Field(description="In the reader's language")
    mend: str = ""
    message_tr: str
    message_en: str
    mend_tr: str = ""
    mend_en: str = ""
    line: int | None = Field(default=None, description="Line in the XML")
    path: str = Field(default="", description="Path in the JSON draft or the XML")


class AcceptedAnswer(DocumentAnswer):
    """A document that was accepted: numbered, charged, on its way to the seal."""

    warnings: list[FindingAnswer] = []


class BulkAnswer(Answer):
    """Documents accepted together, in the order they were sent."""

    count: int
    kontor: int = Field(description="What all of them cost")
    documents: list[AcceptedAnswer]


class CheckAnswer(Answer):
    """What would happen to a document; nothing was stored, numbered or charged."""

    valid: bool = Field(examples=[True])
    kind: str
    series: str = Field(description="The series that would number it; empty if it came with its number")
    channel: str
    buyer: Buyer
    payable: Money
    line_count: int
    kontor: int = Field(description="What it would cost")
    spendable: int = Field(description="Kontör that can be spent now")
    warnings: list[FindingAnswer] = []


class EventAnswer(Answer):
    """A step in a document's life."""

    event_id: UUID
    at: Instant
    kind: str
    state: str = Field(description="The document's state after this step")
    text: str = Field(description="In the reader's language")
    code: str = ""
    kontor: int = Field(default=0, description="Negative: charged. Positive: came back.")
    data: dict[str, Any] = {}


class DocumentPage(Answer):
    """A page of documents, newest first."""

    items: list[DocumentAnswer]
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` for the next page; null at the end")


class EventPage(Answer):
    """The whole timeline, oldest first."""

    items: list[EventAnswer]


class BalanceAnswer(Answer):
    """Kontör of the account now."""

    spendable: int = Field(description="Can be spent now")
    held: int = Field(description="Reserved for documents that are not signed yet")
    frozen: int
    owed: int = Field(description="Owed for incoming documents that came without kontör; the next lot pays it first")
    next_expiry_at: Instant | None = None
    next_expiry_kontor: int = 0
    version: int = Field(description="Number of the last ledger entry")


class PastBalanceAnswer(Answer):
    """Kontör of the account as of an instant; it never changes afterwards."""

    as_of: Instant
    available: int
    held: int
    frozen: int
    version: int


class SellerAnswer(Answer):
    """Who passed kontör on: a reseller, a pool, or whoever gave it back."""

    tenant_id: UUID
    title: str


class LotAnswer(Answer):
    """Kontör credited together: one price, one expiry."""

    lot_id: UUID
    source: str = Field(examples=["payment"])
    reason: str = ""
    granted: int
    remaining: int
    held: int
    consumed: int
    expired: int
    voided: int
    frozen: int
    passed: int
    net_price: Money
    credited_at: Instant
    expires_at: Instant
    received_from: SellerAnswer | None = Field(default=None, description="With source `received`: who passed it on")


class LotPage(Answer):
    """A page of lots, those that expire first first."""

    items: list[LotAnswer]
    next_cursor: str | None = None


class EntryAnswer(Answer):
    """A movement of kontör; balances are those after it."""

    version: int
    at: Instant
    kind: str = Field(examples=["reserved"])
    kontor: int
    lot_id: UUID
    charge_id: UUID | None = Field(default=None, description="The document's id, for what documents cost")
    net: Money = Field(description="Net price of the kontör moved")
    available: int
    held: int
    frozen: int


class EntryPage(Answer):
    """A page of ledger entries, newest first."""

    items: list[EntryAnswer]
    next_cursor: str | None = None


class SeriesAnswer(Answer):
    """Three letters that number one kind of document."""

    series_id: UUID
    prefix: str = Field(examples=["AKN"])
    kind: str
    owner: str = Field(description="ours: numbered here. erp: comes numbered.")
    is_default: bool
    internet: bool
    branch: str
    active: bool
    year: int
    last_number: str | None = Field(description="The last number of the year; null: none yet")
    last_issue_date: date | None
    open_numbers: int = Field(description="Numbers given back; the next documents take them first")


class SeriesPage(Answer):
    """All series of the account."""

    items: list[SeriesAnswer]


class ServiceAnswer(Answer):
    """A service of the account and how far its activation has come."""

    service: str
    state: str
    active_from: date | None
    active_until: date | None


class AccountAnswer(Answer):
    """Whom the key stands for."""

    tenant_id: UUID
    mode: str = Field(description="live or test (sandbox: simulated GİB, documents have no legal effect)")
    state: str
    vkn_tckn: str
    title: str
    scopes: list[str]
    services: list[ServiceAnswer]
    gib_down_since: datetime | None = Field(
        description="Since when GİB does not answer; documents are accepted and sent in turn when it is back. "
        "null: it answers"
    )


class Problem(Answer):
    """A refusal or failure, RFC 9457. `code` is stable; title and detail are in the reader's language."""

    type: str = Field(examples=["urn:ebelge:problem:insufficient_kontor"])
    title: str
    status: int
    code: str = Field(examples=["insufficient_kontor"])
    detail: str = ""
    request_id: str
    findings: list[FindingAnswer] = Field(default=[], description="With invalid_document: what the rules found")
