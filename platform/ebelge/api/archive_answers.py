"""What the archive's routes take and give."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ebelge.api.answers import Answer, Instant, Money
from ebelge.api.cursors import PAGE_MAX
from ebelge.archive import saved, tags
from ebelge.archive.models import ArchiveFile, IntegrityBreak, IntegrityCheck, SavedSearch, Tag
from ebelge.archive.search import KURUS_MAX, Filters, Found, of_texts
from ebelge.documents.keeping.integrity import WORDS, Standing
from ebelge.gib.edefter import MonthState

Source = Literal["outgoing", "incoming", "old", "file"]
Direction = Literal["out", "in", "none"]
FileKind = Literal["other", "contract", "report", "statement"]
Colour = Literal["grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown"]
_Line = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f]*$")]
_Amount = Annotated[int, Field(ge=-KURUS_MAX, le=KURUS_MAX)]
_Tags = Annotated[str, Field(max_length=200, pattern=r"^[0-9a-fA-F, -]*$", description="Ids of tags, commas between")]


class ArchiveFilters(BaseModel):
    """What is looked for; everything that is given must fit."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: Source | None = None
    direction: Direction | None = None
    kind: Annotated[str, Field(max_length=20, pattern="^[a-z]+$", examples=["efatura"])] | None = None
    day_from: date | None = Field(default=None, alias="from", description="First issue date")
    day_to: date | None = Field(default=None, alias="to", description="Last issue date")
    vkn_tckn: Annotated[str, Field(pattern="^[0-9]{10,11}$")] | None = Field(default=None, description="Other party")
    number: Annotated[str, Field(max_length=40, pattern="^[A-Za-z0-9-]+$")] | None = None
    amount_from: _Amount | None = Field(default=None, description="Least amount, in kuruş")
    amount_to: _Amount | None = Field(default=None, description="Greatest amount, in kuruş")
    tags: _Tags | None = None
    q: _Line = Field(default="", description="Words; each begins a word of party, number, items, notes or file name")


class ArchiveQuery(ArchiveFilters):
    """Which page of what, newest first."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Items on a page")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before")] | None = None


class TagAnswer(Answer):
    """A tag."""

    tag_id: UUID
    name: str
    colour: Colour


class TagList(Answer):
    """All tags."""

    items: list[TagAnswer]


class TagBody(BaseModel):
    """A tag's name and colour."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=tags.NAME_MAX)]
    colour: Colour = "grey"


class Tagging(BaseModel):
    """Tags to be hung on entries, or taken off them; all or nothing."""

    model_config = ConfigDict(extra="forbid")

    entry_ids: Annotated[list[UUID], Field(min_length=1, max_length=tags.AT_ONCE_MAX)]
    add: Annotated[list[UUID], Field(max_length=tags.ON_ENTRY_MAX)] = []
    take: Annotated[list[UUID], Field(max_length=tags.TAGS_MAX)] = []


class Tagged(Answer):
    """How many entries the tagging was about."""

    count: int


class ArchiveEntryAnswer(Answer):
    """An entry of the archive."""

    entry_id: UUID
    source: Source
    direction: Direction
    kind: str
    number: str
    title: str = Field(description="The other party, or the file's name")
    vkn_tckn: str
    day: date = Field(description="Issue date; of a file the day it is about, or on which it came")
    amount: Money | None
    tags: list[TagAnswer]


class ArchiveEntryPage(Answer):
    """A page of entries."""

    items: list[ArchiveEntryAnswer]
    next_cursor: str | None = None


class ArchiveFileQuery(BaseModel):
    """What a file is called and is."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$", examples=["sozlesme.pdf"])]
    kind: FileKind = "other"
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class LedgerQuery(BaseModel):
    """The e-Defter file's name, by GİB's rule."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80, examples=["1234567808-202601-Y-000000.zip"])]
    note: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class ArchiveFileAnswer(Answer):
    """A file as it was put into the archive."""

    entry_id: UUID
    name: str
    kind: str
    media_type: str
    size_bytes: int
    sha256: str
    note: str
    day: date
    kept_until: date
    added_at: Instant


class SavedSearchBody(BaseModel):
    """Filters under a name; `shared`: for everybody in the account."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=saved.NAME_MAX)]
    filters: ArchiveFilters
    shared: bool = False


class SavedSearchAnswer(Answer):
    """A saved search. `filters` are the query parameters of GET /archive."""

    search_id: UUID
    name: str
    shared: bool
    filters: dict[str, str]


class SavedSearchList(Answer):
    """One's own saved searches, and everybody's."""

    items: list[SavedSearchAnswer]


class ArchiveBreakAnswer(Answer):
    """A file that is not what its row says."""

    object_id: UUID
    name: str
    what: Literal["missing", "changed", "unreadable", "without_row"]
    text: str = Field(description="In words, in the language asked for")
    label: str = Field(description="Number or name of what it belongs to")
    found_at: Instant


class ArchiveCheckAnswer(Answer):
    """A check of files: how many were read, and how many were not as their rows say."""

    ended_at: Instant
    files: int
    size_bytes: int
    broken: int
    whole: bool = Field(description="All files at once, because somebody asked")


class IntegrityAnswer(Answer):
    """Whether the archive's files are what their rows say."""

    round_days: int = Field(description="Every file is read once in so many days")
    last_round_ended_at: Instant | None
    last: ArchiveCheckAnswer | None
    broken_count: int
    broken: list[ArchiveBreakAnswer]


class LedgerMonthAnswer(Answer):
    """A month of e-Defter files: what is missing, in base names of files."""

    month: Annotated[str, Field(examples=["2026-01"])]
    branch: str
    complete: bool
    missing: list[str]
    mixed: list[str] = Field(description="Divided and undivided parts together")
    unbound: list[str] = Field(description="Berats that repeat another signature value than their ledger's")


class LedgerMonthList(Answer):
    """Months of e-Defter files, newest first."""

    items: list[LedgerMonthAnswer]


def texts(asked: ArchiveFilters) -> dict[str, str]:
    """The filters as `archive.search.of_texts` reads them."""
    given = asked.model_dump(by_alias=True, exclude_none=True, exclude={"limit", "cursor"})
    return {name: str(value) for name, value in given.items()}


def entry(found: Found, hung: list[Tag]) -> ArchiveEntryAnswer:
    """An entry."""
    amount = None
    if found.amount_kurus is not None and found.currency:
        amount = Money(amount_kurus=found.amount_kurus, currency=found.currency)
    return ArchiveEntryAnswer.model_validate(
        {name: getattr(found, name) for name in ArchiveEntryAnswer.model_fields if name not in ("amount", "tags")}
        | {"amount": amount, "tags": [tag(one) for one in hung]}
    )


def tag(row: Tag) -> TagAnswer:
    """A tag."""
    return TagAnswer.model_validate({"tag_id": row.tag_id, "name": row.name, "colour": row.colour})


def file(row: ArchiveFile) -> ArchiveFileAnswer:
    """A file."""
    return ArchiveFileAnswer(
        entry_id=row.file_id, name=row.name, kind=row.kind, media_type=row.media_type, size_bytes=row.size_bytes,
        sha256=row.sha256.hex(), note=row.note, day=row.day, kept_until=row.kept_until, added_at=row.added_at,
    )  # fmt: skip


def search(row: SavedSearch) -> SavedSearchAnswer:
    """A saved search."""
    return SavedSearchAnswer(
        search_id=row.search_id, name=row.name, shared=row.owner == saved.EVERYBODY, filters=row.filters
    )  # fmt: skip


def integrity(found: Standing, language: str) -> IntegrityAnswer:
    """The standing of the archive's files."""
    return IntegrityAnswer(
        round_days=found.round_days, last_round_ended_at=found.last_round_ended_at,
        last=_check(found.last) if found.last else None, broken_count=found.broken_count,
        broken=[_break(one, language) for one in found.broken],
    )  # fmt: skip


def month(found: MonthState) -> LedgerMonthAnswer:
    """A month of e-Defter files."""
    return LedgerMonthAnswer(
        month=f"{found.month:%Y-%m}", branch=found.branch, complete=found.complete, missing=list(found.missing),
        mixed=list(found.mixed), unbound=list(found.unbound),
    )  # fmt: skip


def filters(asked: ArchiveFilters) -> Filters:
    """The filters themselves. :raises InvalidRequest: a tag's id that is none."""
    return of_texts(texts(asked))


def _check(row: IntegrityCheck) -> ArchiveCheckAnswer:
    return ArchiveCheckAnswer(
        ended_at=row.ended_at, files=row.files, size_bytes=row.size_bytes, broken=row.broken, whole=row.whole
    )


def _break(row: IntegrityBreak, language: str) -> ArchiveBreakAnswer:
    return ArchiveBreakAnswer.model_validate(
        {
            "object_id": row.object_id, "name": row.name, "what": row.what, "label": row.label,
            "text": WORDS[row.what][0 if language == "tr" else 1], "found_at": row.found_at,
        }
    )  # fmt: skip
