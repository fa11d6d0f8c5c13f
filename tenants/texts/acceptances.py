"""Who accepted which version, and what is outstanding for a person in an account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, InvalidRequest
from ebelge.core.ids import new_id
from tenants.models import Tenant
from tenants.texts import versions
from tenants.texts.kinds import KINDS, OF_TENANT_KINDS
from tenants.texts.models import TextAcceptance, TextVersion

AGENT_MAX = 300


class TextsOutstanding(DomainError):
    """A text that is in force now was not accepted yet; reading and exporting stay open."""

    code, http_status = "texts_outstanding", 403
    title_tr, title_en = "Önce güncel metinlerin onaylanması gerekir", "The current texts must be accepted first"
    advice_tr = "Belgeleriniz ve arşiviniz açık kalır. Metinleri onaylayıp işlemi yineleyin."
    advice_en = "Your documents and archive stay open. Accept the texts, then try again."


class NewerVersion(Conflict):
    """What was accepted is not the version in force (any more)."""

    code = "text_not_in_force"
    title_tr, title_en = "Metnin yeni bir sürümü var", "There is a newer version of the text"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who accepts, and from where: kept with each acceptance."""

    person_id: UUID
    language: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A text in force that was not accepted; `before`: the version that was, if any."""

    kind: str
    text: TextVersion
    before: str | None

    @property
    def for_company(self) -> bool:
        """True if one authorised person accepts it for all."""
        return KINDS[self.kind].who == "company"


def accept(
    session: Session, *, tenant_id: UUID, seen: Iterable[tuple[str, str]], signature: Signature, at: datetime
) -> list[TextAcceptance]:
    """Accept the versions that a person has seen (kind, version). Accepting again adds nothing but a row.

    :raises NewerVersion: one is not in force at `at`. :raises InvalidRequest: no such kind.
    """
    current = versions.in_force(session, at=at)
    rows = []
    for kind, version in seen:
        if kind not in KINDS:
            raise InvalidRequest("Böyle bir metin yok.", "There is no such text.")
        if kind not in current or current[kind].version != version:
            raise NewerVersion(
                "Onayladığınız metin bu arada değişti; güncel sürümü okuyup onaylayın.",
                "The text has changed meanwhile; read and accept the version in force.",
            )
        rows.append(_row(current[kind], tenant_id, signature, given=True, at=at))
    session.add_all(rows)
    session.flush()
    return rows


def withdraw_consent(session: Session, *, tenant_id: UUID, signature: Signature, at: datetime) -> str:
    """Withdraw the free consent; a further row, from now on; returns its version ("": none was given)."""
    given = consent(session, tenant_id=tenant_id, person_id=signature.person_id)
    if given is None:
        return ""
    session.add(_row(given, tenant_id, signature, given=False, at=at))
    session.flush()
    return given.version


def consent(session: Session, *, tenant_id: UUID, person_id: UUID) -> TextVersion | None:
    """The version of the free consent that stands for a person in an account; None: not given, or withdrawn."""
    last = session.scalars(
        select(TextAcceptance)
        .where(
            TextAcceptance.tenant_id == tenant_id,
            TextAcceptance.kind == "consent",
            TextAcceptance.person_id == person_id,
        )
        .order_by(TextAcceptance.acceptance_id.desc())
        .limit(1)
    ).first()
    if last is None or not last.given:
        return None
    return versions.get(session, kind="consent", version=last.version)


def history(session: Session, *, tenant_id: UUID, person_id: UUID | None = None) -> Sequence[TextAcceptance]:
    """Every acceptance of an account (or of one person in it), newest first."""
    wanted = select(TextAcceptance).where(TextAcceptance.tenant_id == tenant_id)
    if person_id is not None:
        wanted = wanted.where(TextAcceptance.person_id == person_id)
    return session.scalars(wanted.order_by(TextAcceptance.acceptance_id.desc())).all()


_ACCEPTED = text("""
    SELECT DISTINCT ON (kind) kind, version FROM text_acceptance
     WHERE tenant_id = :tenant_id AND given
       AND (kind = ANY(CAST(:of_company AS text[])) OR person_id = :person_id)
     ORDER BY kind, version DESC
""")


def outstanding(session: Session, *, tenant_id: UUID, person_id: UUID, at: datetime) -> list[Outstanding]:
    """What a person still has to accept in an account, or somebody for the company; empty in sandboxes.

    The free consent is never outstanding. The session must be the tenant's.
    """
    tenant = session.scalars(select(Tenant).where(Tenant.tenant_id == tenant_id)).one_or_none()
    if tenant is None or tenant.mode != "live" or tenant.kind not in OF_TENANT_KINDS:
        return []
    of_company = [name for name, kind in KINDS.items() if kind.who == "company"]
    accepted = {
        row.kind: row.version
        for row in session.execute(
            _ACCEPTED, {"tenant_id": tenant_id, "person_id": person_id, "of_company": of_company}
        )
    }
    current = versions.in_force(session, at=at)
    return [
        Outstanding(kind, current[kind], accepted.get(kind))
        for kind in KINDS
        if KINDS[kind].required and kind in current and accepted.get(kind) != current[kind].version
    ]


def check(session: Session, *, tenant_id: UUID, person_id: UUID, right: str, at: datetime, guest: bool = False) -> None:
    """The gate of `edge.people`: what sends or buys waits until the texts it depends on are accepted.

    `guest`: somebody from outside acts for the company; then only what the company accepts is looked at.
    :raises TextsOutstanding: one that stops this right is not.
    """
    open_ones = outstanding(session, tenant_id=tenant_id, person_id=person_id, at=at)
    kinds = [
        KINDS[one.kind] for one in open_ones if right in KINDS[one.kind].stops and not (guest and not one.for_company)
    ]
    if kinds:
        raise TextsOutstanding(
            f"Onay bekleyen: {', '.join(kind.name_tr for kind in kinds)}.",
            f"Not yet accepted: {', '.join(kind.name_en for kind in kinds)}.",
        )


def _row(version: TextVersion, tenant_id: UUID, signature: Signature, *, given: bool, at: datetime) -> TextAcceptance:
    return TextAcceptance(
        tenant_id=tenant_id,
        acceptance_id=new_id(),
        person_id=signature.person_id,
        kind=version.kind,
        version=version.version,
        sha256=version.sha256,
        given=given,
        language=signature.language,
        address=signature.address,
        agent=signature.agent[:AGENT_MAX],
        at=at,
    )
