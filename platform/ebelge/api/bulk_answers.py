"""What the API says of bulk uploads, and what it takes."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy.orm import Session

from ebelge.api.answers import Answer, FindingAnswer, Instant, Money
from ebelge.api.company_answers import Body
from ebelge.api.cursors import PageQuery
from ebelge.api.sheets import Form as SheetForm
from ebelge.bulk import queries
from ebelge.bulk.mapping import missing
from ebelge.bulk.models import BulkItem, BulkUpload
from ebelge.bulk.uploads import form_of
from ebelge.core.findings import Language

SheetOf = Literal["invoices", "despatches", "producer_receipts"]
ItemState = Literal["waiting", "good", "bad", "sent", "failed"]
FieldName = Annotated[str, Field(max_length=60)]
Heading = Annotated[str, Field(max_length=80)]
# base64 of the largest file that a request's body leaves room for
FILE_TEXT_MAX = 46 * 1024 * 1024
TRY = "TRY"


class UploadBody(Body):
    """A ZIP of UBL-TR XML, or a workbook."""

    file_name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    file_base64: Annotated[str, Field(max_length=FILE_TEXT_MAX)]
    form: SheetOf = Field(default="invoices", description="What the rows of a workbook are; a ZIP needs none")


class ColumnsBody(Body):
    """Which heading of the sheet fills which field."""

    fields: Annotated[
        dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=80)]], Field(max_length=80)
    ]


class SendBody(Body):
    """How to send."""

    whole: bool = Field(default=False, description="All documents in one transaction or none; else the good ones")


class TemplateQuery(Body):
    """Which template."""

    form: SheetOf = "invoices"


class ResultQuery(Body):
    """As which file."""

    form: SheetForm = "xlsx"


class ItemsQuery(PageQuery):
    """Which documents of an upload."""

    state: ItemState | None = None


class CountsAnswer(Answer):
    """How many documents stand where."""

    waiting: int
    good: int
    bad: int
    sent: int
    failed: int


class UploadAnswer(Answer):
    """An upload. Nothing of it is sent before POST …/send."""

    upload_id: UUID
    form: str = Field(examples=["zip", "invoices"])
    file_name: str
    state: str = Field(description="mapping, checking, checked, sending, paused, done or dropped")
    whole: bool
    counts: CountsAnswer
    kontor: int = Field(description="What the good documents cost together")
    headings: list[str] = Field(description="Of a workbook")
    columns: dict[str, str] = Field(description="Field -> heading, as far as known")
    missing: list[str] = Field(description="Fields that need a heading")
    problem: dict[str, object] | None = Field(description="Why it stands still")
    same_as: UUID | None = Field(description="An earlier upload of the same bytes, of which something was sent")
    created_at: Instant
    ended_at: Instant | None


class UploadPage(Answer):
    """A page of uploads, newest first."""

    items: list[UploadAnswer]
    next_cursor: str | None


class ItemAnswer(Answer):
    """One document of an upload and what became of it. Findings about a sheet name its row (`line`) and heading."""

    item: int
    place: str
    rows: list[int]
    state: str
    kind: str | None
    buyer: str
    payable: Money | None
    kontor: int | None
    document_id: UUID | None
    number: str | None
    findings: list[FindingAnswer]


class ItemPage(Answer):
    """A page of documents in the file's order."""

    items: list[ItemAnswer]
    next_cursor: str | None


def upload_answer(session: Session, upload: BulkUpload, language: Language) -> UploadAnswer:
    """An upload with how far it has come."""
    count = queries.progress(session, tenant_id=upload.tenant_id, upload_id=upload.upload_id)
    same = queries.same_file(session, upload)
    lacking = [] if upload.form == "zip" else [one.field for one in missing(form_of(upload), upload.mapping)]
    return UploadAnswer(
        upload_id=upload.upload_id, form=upload.form, file_name=upload.file_name, state=upload.state,
        whole=upload.whole, kontor=count.kontor, headings=upload.headings, columns=upload.mapping, missing=lacking,
        counts=CountsAnswer(
            waiting=count.waiting, good=count.good, bad=count.bad, sent=count.sent, failed=count.failed
        ),
        problem=None if upload.problem is None else upload.problem[language],
        same_as=None if same is None else same.upload_id, created_at=upload.created_at, ended_at=upload.ended_at,
    )  # fmt: skip


def item_answer(item: BulkItem, language: Language) -> ItemAnswer:
    """One document of an upload."""
    payable = None
    if item.payable_kurus is not None:
        payable = Money(amount_kurus=item.payable_kurus, currency=item.currency or TRY)
    return ItemAnswer(
        item=item.item, place=item.place, rows=item.rows, state=item.state, kind=item.kind, buyer=item.buyer,
        payable=payable, kontor=item.kontor, document_id=item.document_id, number=item.number or None,
        findings=[
            FindingAnswer(**found, message=found[f"message_{language}"], mend=found[f"mend_{language}"])
            for found in item.findings
        ],
    )  # fmt: skip
