"""Answers and bodies about the company itself: its data, branches, settings, series."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ebelge.api.answers import Answer, Instant
from ebelge.core.findings import Language
from ebelge.documents.models import Series
from ebelge.documents.numbers.series import SeriesReport
from ebelge.documents.numbers.set_up import OPEN_REASONS
from tenants.company.models import Branch
from tenants.company.settings import Choice, Settings
from tenants.models import Tenant

Line = Annotated[str, Field(max_length=250)]
Kind = Literal["efatura", "earsiv", "eirsaliye", "emm", "esmm"]
_PLACE = ("street", "district", "city", "postal_zone", "email", "phone")
_COMPANY = ("vkn_tckn", "title", "first_name", "family_name", "tax_office", *_PLACE, "country")


class Body(BaseModel):
    """A body: an unknown field is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class CompanyBody(Body):
    """The company's data, whole: a field that is absent is empty afterwards."""

    vkn_tckn: Annotated[str, Field(pattern="^[0-9]{10,11}$", description="As it is; it cannot be changed")]
    title: Line = Field(default="", description="A person's title is made of the names if it is empty")
    first_name: Line | None = Field(default=None, description="With a TCKN")
    family_name: Line | None = Field(default=None, description="With a TCKN")
    tax_office: Line | None = None
    street: Line | None = None
    district: Line
    city: Line
    postal_zone: Line | None = None
    country: Line = "Türkiye"
    email: Annotated[str, Field(max_length=254)] | None = None
    phone: Line | None = None


class CompanyAnswer(Answer):
    """The company behind the key, as documents name it."""

    tenant_id: UUID
    mode: Literal["live", "test"]
    state: Literal["applied", "active", "suspended", "closing", "closed"]
    state_since: Instant | None = None
    state_reason: str | None = None
    vkn_tckn: str
    title: str
    first_name: str | None = None
    family_name: str | None = None
    tax_office: str | None = None
    street: str | None = None
    district: str
    city: str
    postal_zone: str | None = None
    country: str
    email: str | None = None
    phone: str | None = None


class BranchChange(Body):
    """What a branch is called and where it is, whole."""

    name: Line
    district: Line
    city: Line
    street: Line | None = None
    postal_zone: Line | None = None
    phone: Line | None = None
    email: Annotated[str, Field(max_length=254)] | None = None
    active: bool = Field(default=True, description="false: the branch is closed and gets no new series")


class BranchBody(Body):
    """A new branch."""

    code: Annotated[str, Field(max_length=20, description="Never changes; A-Z, a-z, 0-9, dot, dash", examples=["IZM"])]
    name: Line
    district: Line
    city: Line
    street: Line | None = None
    postal_zone: Line | None = None
    phone: Line | None = None
    email: Annotated[str, Field(max_length=254)] | None = None


class BranchAnswer(Answer):
    """A branch (şube)."""

    branch_id: UUID
    code: str
    name: str
    street: str | None = None
    district: str
    city: str
    postal_zone: str | None = None
    email: str | None = None
    phone: str | None = None
    active: bool


class BranchList(Answer):
    """The account's branches, by code."""

    items: list[BranchAnswer]


class SettingsBody(Body):
    """What the account chooses, whole; null (or absent) follows the default."""

    default_scenario: Literal["TEMELFATURA", "TICARIFATURA"] | None = Field(
        default=None, description="Scenario of an e-Fatura draft that names none; a return is always TEMELFATURA"
    )
    mail_language: Literal["tr", "en"] | None = Field(default=None, description="Language of our letters to you")
    seal_warn_days: Annotated[int, Field(strict=True, ge=1, le=180)] | None = Field(
        default=None, description="How many days before a seal ends it is told"
    )
    mail_pdf: bool | None = Field(default=None, description="Whether mails to buyers carry a PDF beside the XML")


class SettingsAnswer(Answer):
    """What holds, what was chosen, and the version of the choice (0: nothing was ever chosen)."""

    version: int
    default_scenario: str
    mail_language: str
    seal_warn_days: int
    mail_pdf: bool
    chosen: SettingsBody


class SeriesBody(Body):
    """A new series."""

    kind: Kind
    prefix: Annotated[str, Field(pattern="^[A-Z0-9]{3}$", examples=["AKN"])]
    owner: Literal["ours", "erp"] = Field(default="ours", description="ours: numbered here. erp: comes numbered")
    internet: bool = Field(default=False, description="For internet sales, which share no series with others")
    branch: Annotated[str, Field(max_length=20)] = Field(default="", description="Code of a branch")
    default: bool | None = Field(default=None, description="null: the first series of its kind becomes the default")
    last_used: Annotated[str, Field(max_length=16)] = Field(
        default="", description="Last number used elsewhere, whole or its digits", examples=["AKN2026000000123"]
    )


class SeriesSetUpAnswer(Answer):
    """A series as it is set up; its counters stand in GET /series."""

    series_id: UUID
    kind: str
    prefix: str
    owner: str
    internet: bool
    branch: str
    is_default: bool
    active: bool


class OpenNumberAnswer(Answer):
    """A number that no document carries, and why."""

    number: str = Field(examples=["AKN2026000000002"])
    reason: Literal["withdrawn", "failed", "not_received"]
    reason_text: str
    opened_at: Instant | None = None
    document_id: UUID | None = Field(default=None, description="The document that gave it back")


class GapReport(Answer):
    """How far a series has counted in a year, and its open numbers (at most 1,000, from the lowest)."""

    series_id: UUID
    prefix: str
    year: int
    first_serial: int
    last_serial: int = Field(description="0: it has not counted in that year")
    open_numbers: list[OpenNumberAnswer]


def company(tenant: Tenant) -> CompanyAnswer:
    """The account's data."""
    names = ("tenant_id", "mode", "state", "state_since", "state_reason", *_COMPANY)
    return CompanyAnswer.model_validate({name: getattr(tenant, name) for name in names})


def branch(row: Branch) -> BranchAnswer:
    """A branch."""
    names = ("branch_id", "code", "name", "active", *_PLACE)
    return BranchAnswer.model_validate({name: getattr(row, name) for name in names})


def settings(version: int, holds: Settings, choice: Choice) -> SettingsAnswer:
    """Settings with what was chosen of them."""
    names = Choice.__dataclass_fields__
    values: dict[str, Any] = {name: getattr(holds, name) for name in names}
    chosen = SettingsBody.model_validate({name: getattr(choice, name) for name in names})
    return SettingsAnswer(version=version, chosen=chosen, **values)


def series_set_up(row: Series) -> SeriesSetUpAnswer:
    """A series."""
    names = SeriesSetUpAnswer.model_fields
    return SeriesSetUpAnswer.model_validate({name: getattr(row, name) for name in names})


def gaps(series_id: UUID, report: SeriesReport, language: Language) -> GapReport:
    """The gap report."""
    place = 0 if language == "tr" else 1
    return GapReport(
        series_id=series_id, prefix=report.prefix, year=report.year, first_serial=report.first_serial,
        last_serial=report.last_serial,
        open_numbers=[
            OpenNumberAnswer.model_validate(
                {"number": one.number, "reason": one.reason, "reason_text": OPEN_REASONS[one.reason][place],
                 "opened_at": one.opened_at, "document_id": one.document_id}
            )
            for one in report.open_numbers
        ],
    )  # fmt: skip
