"""A tenant's settings: typed, checked, versioned; what is not set follows the defaults here.

A further setting is a field of `Settings`, a column of `company_settings` with its CHECK, and a rule in `save`.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company.models import CompanySettings
from tenants.fields import Checks

SCENARIOS: Final = ("TEMELFATURA", "TICARIFATURA")
LANGUAGES: Final = ("tr", "en")
SEAL_WARN_DAYS: Final = range(1, 181)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds: a tenant's own choice, else these defaults."""

    # Scenario of an e-Fatura draft that names none; a return is always TEMELFATURA.
    default_scenario: str = "TEMELFATURA"
    # Language of our letters to the tenant's own people.
    mail_language: str = "tr"
    # How long before a seal ends the checklist warns of it.
    seal_warn_days: int = 30
    # Whether a PDF goes with the XML in mails to buyers; a link to both is always there.
    mail_pdf: bool = False


DEFAULTS: Final = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the tenant chose; None follows the default."""

    default_scenario: str | None = None
    mail_language: str | None = None
    seal_warn_days: int | None = None
    mail_pdf: bool | None = None


def chosen(session: Session, *, tenant_id: UUID) -> tuple[int, Choice]:
    """The version that stands (0: nothing was ever set) and what it chose."""
    row = session.scalars(
        select(CompanySettings)
        .where(CompanySettings.tenant_id == tenant_id)
        .order_by(CompanySettings.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return 0, Choice()
    return row.version, Choice(**{name: getattr(row, name) for name in Choice.__dataclass_fields__})


def current(session: Session, *, tenant_id: UUID) -> Settings:
    """What holds for the tenant."""
    _, choice = chosen(session, tenant_id=tenant_id)
    return Settings(**{name: value for name, value in asdict(choice).items() if value is not None})


def save(session: Session, *, tenant_id: UUID, choice: Choice, actor: Actor, at: datetime) -> int:
    """Write a further version; the same choice again writes none. Returns the version that stands.

    :raises InvalidFields: a value is none of those offered.
    """
    check = Checks()
    if choice.default_scenario not in (None, *SCENARIOS):
        check.refuse("default_scenario", "TEMELFATURA ya da TICARIFATURA seçin.", "Choose TEMELFATURA or TICARIFATURA.")
    if choice.mail_language not in (None, *LANGUAGES):
        check.refuse("mail_language", "Türkçe ya da İngilizce seçin.", "Choose Turkish or English.")
    if choice.seal_warn_days is not None and choice.seal_warn_days not in SEAL_WARN_DAYS:
        check.refuse("seal_warn_days", "1 ile 180 gün arasında seçin.", "Choose from 1 to 180 days.")
    check.done()
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"company_settings:{tenant_id}"})
    version, before = chosen(session, tenant_id=tenant_id)
    if choice == before:
        return version
    session.add(
        CompanySettings(
            tenant_id=tenant_id, version=version + 1, created_by=f"{actor.kind}:{actor.id}", created_at=at,
            **asdict(choice),
        )
    )  # fmt: skip
    session.flush()
    entries.note(
        session, tenant_id=tenant_id, actor=actor, action="company.settings_changed", object_kind="settings",
        object_id=version + 1, before=asdict(before), after=asdict(choice), at=at,
    )  # fmt: skip
    return version + 1
