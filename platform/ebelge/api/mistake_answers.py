"""Bodies and answers about answers and wrong documents."""

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ebelge.api.answers import Answer, Instant
from ebelge.core.errors import InvalidRequest
from ebelge.core.findings import Language
from ebelge.documents.answers import answering
from ebelge.documents.answers.deadlines import left_words
from ebelge.documents.answers.guide import Guide, guide
from ebelge.documents.answers.models import Answer as AnswerRow
from ebelge.documents.answers.models import MistakeRecord
from ebelge.documents.answers.receipts import Came
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.mistakes import records as mistakes
from ebelge.documents.mistakes.records import Told
from ebelge.documents.mistakes.ways import Way
from ebelge.documents.models import Document
from ebelge.ubl.draft_parts import Price, Text

LineId = Annotated[str, Field(min_length=1, max_length=40)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AnswerBody(_Body):
    """What is answered to a commercial invoice. A rejection or a return says why."""

    answer: Literal["accept", "reject", "return"]
    reason: Text = ""


class CameBody(_Body):
    """What came of a line, in its own unit. Not named: received whole."""

    line: LineId
    short: Price = Decimal(0)
    rejected: Price = Decimal(0)
    oversupply: Price = Decimal(0)
    reject_reason: Text = ""
    late_reason: Text = ""


class ReceiptBody(_Body):
    """What came of a despatch note. `reject_all`: nothing is kept, for `reason`."""

    lines: Annotated[list[CameBody], Field(max_length=5000)] = Field(default_factory=list)
    reject_all: bool = False
    reason: Text = ""
    note: Text = ""
    delivered_on: date | None = None

    def came(self) -> list[Came]:
        """The lines as the domain takes them."""
        return [Came(**line.model_dump()) for line in self.lines]


class ReturnLineBody(_Body):
    """How much of a line goes back."""

    line: LineId
    quantity: Price


class ReturnBody(_Body):
    """What goes back; without lines: everything."""

    lines: Annotated[list[ReturnLineBody], Field(max_length=5000)] = Field(default_factory=list)


class RecordBody(_Body):
    """What happened outside: which way, when, and its paper (PDF, JPEG or PNG, up to 5 MB)."""

    way: Literal[
        "withdraw", "buyer_asked_to_reject", "portal_cancel_asked", "portal_cancel_approved", "portal_cancel_refused",
        "objection", "return_invoice_agreed", "other",
    ]  # fmt: skip
    on: date | None = Field(default=None, description="The day on which it happened; default: today (Istanbul)")
    channel: Literal["noter", "kep", "telgraf", "taahhutlu_mektup"] | None = None
    paper_number: Annotated[Text, Field(max_length=100)] = ""
    note: Text = ""
    paper_base64: Annotated[str, Field(max_length=7 * 1024 * 1024)] = ""

    def told(self, today: date) -> Told:
        """What the domain takes. :raises InvalidRequest: the paper is not Base64."""
        try:
            paper = base64.b64decode(self.paper_base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidRequest("paper_base64 Base64 değil.", "paper_base64 is not Base64.") from error
        return Told(self.way, self.on or today, self.channel, self.paper_number, self.note, paper)


class WayAnswer(Answer):
    """A way that is open now. `until`: the first instant that is too late."""

    code: str
    act: str = Field(
        description="do: POST here does it; record: POST here records it; elsewhere: see `path`; buyer, wait"
    )
    title: str
    text: str
    until: Instant | None = None
    left: str = Field(default="", description="The time left, in words")
    path: str = ""


class RecordAnswer(Answer):
    """What was recorded by hand."""

    record_id: UUID
    way: str
    channel: str | None
    on: date
    paper_number: str
    note: str
    file_type: str | None
    by: str
    at: Instant
    text: str


class MistakeAnswer(Answer):
    """What can be done about a document of the account's own now, and what was recorded."""

    document_id: UUID
    state: str
    buyer_answer: str | None = Field(description="accepted, rejected, returned, partly, assumed; null: none yet")
    ways: list[WayAnswer]
    records: list[RecordAnswer]


class GivenAnswer(Answer):
    """The answer that was given last, and how far it is."""

    answer_id: UUID
    number: str
    code: str
    reason: str
    state: str = Field(description="prepared, signed (on its way), delivered, refused")
    gib_code: int | None
    gib_text: str


class IncomingAnswerState(Answer):
    """How an incoming document stands: answered or not, until when, and what else can be done."""

    document_id: UUID
    number: str
    profile: str
    answer: str = Field(description="none, accepted, rejected, returned, partly, assumed")
    answered_at: Instant | None
    answerable_until: Instant | None = Field(
        description="The first instant that is too late; null: not answered at all"
    )
    left: str
    can: list[str] = Field(description="accept, reject, return, receipt")
    given: GivenAnswer | None
    ways: list[WayAnswer]
    records: list[RecordAnswer]


class ReturnDraftAnswer(Answer):
    """The return invoice as a draft for POST /documents. `by_hand`: lines with a tax that no draft can carry."""

    draft: dict[str, Any]
    by_hand: list[str]


def way(one: Way | Guide, language: Language) -> WayAnswer:
    """A way in the reader's language."""
    turkish = language == "tr"
    return WayAnswer(
        code=one.code, act=one.act if isinstance(one, Way) else "record",
        title=one.title_tr if turkish else one.title_en, text=one.text_tr if turkish else one.text_en,
        until=one.until, left=one.left_tr if turkish else one.left_en,
        path=one.path if isinstance(one, Way) else "",
    )  # fmt: skip


def record(row: MistakeRecord, language: Language) -> RecordAnswer:
    """A record in the reader's language."""
    return RecordAnswer(
        record_id=row.record_id, way=row.way, channel=row.channel, on=row.on_day, paper_number=row.paper_number,
        note=row.note, file_type=row.file_type, by=row.by, at=row.at, text=mistakes.said(row)[language != "tr"],
    )  # fmt: skip


def mistake(
    document: Document, ways: Sequence[Way], records: Sequence[MistakeRecord], language: Language
) -> MistakeAnswer:
    """What stands about a document of the account's own."""
    return MistakeAnswer(
        document_id=document.document_id, state=document.state, buyer_answer=document.buyer_answer,
        ways=[way(one, language) for one in ways], records=[record(row, language) for row in records],
    )  # fmt: skip


def incoming(
    document: IncomingDocument, given: AnswerRow | None, records: Sequence[MistakeRecord], language: Language,
    at: datetime,
) -> IncomingAnswerState:  # fmt: skip
    """What stands about a document that came in."""
    until = answering.until(document)
    open_ = until is not None and at < until and document.answer == "none"
    forms = ["receipt"] if document.kind == "eirsaliye" else ["accept", "reject", "return"]
    ways = guide(profile=document.profile, came_at=document.received_at, at=at) if document.kind == "efatura" else []
    return IncomingAnswerState(
        document_id=document.document_id, number=document.number, profile=document.profile, answer=document.answer,
        answered_at=document.answered_at, answerable_until=until,
        left="" if until is None or not open_ else left_words(until, at)[language != "tr"],
        can=forms if open_ else [],
        given=None if given is None else GivenAnswer(
            answer_id=given.answer_id, number=given.number, code=given.code, reason=given.reason, state=given.state,
            gib_code=given.gib_code, gib_text=given.gib_text,
        ),
        ways=[way(one, language) for one in ways], records=[record(row, language) for row in records],
    )  # fmt: skip
