"""How a tenant's documents look to readers: a logo, standing notes, a bank account, by name, kind and version.

A document shows the version that stood when it was accepted, so an old invoice never gets a new bank account. The
layout is ours (`ebelge.ubl.stylesheet`), or a stylesheet of the tenant's own: whoever stores one has tried it first
(`ebelge.paper.pages.tried`), and it is run under guard each time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum import iban as iban_rules
from stdnum.exceptions import ValidationError

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company import pictures
from tenants.company.models import KINDS, Design, DesignChoice, DesignStylesheet, DesignVersion
from tenants.fields import Checks

NOTES_MAX: Final = 10
NOTE_CHARACTERS_MAX: Final = 500
DESIGNS_MAX: Final = 50
VERSIONS_MAX: Final = 500
XSLT_BYTES_MAX: Final = 1024 * 1024


class DesignExists(Conflict):
    """A design of this kind has the name."""

    code = "design_exists"
    title_tr, title_en = "Bu adda bir tasarım var", "There is a design of that name"


class TooManyDesigns(Conflict):
    """The account has as many designs (or versions of one) as it can have."""

    code = "too_many_designs"
    title_tr, title_en = "Tasarım sınırına ulaşıldı", "There can be no more designs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a version says. `logo`: the bytes of a PNG or JPEG."""

    notes: tuple[str, ...] = ()
    iban: str | None = None
    bank_name: str | None = None
    logo: bytes | None = None
    xslt: bytes | None = None
    xslt_name: str | None = None


def listed(session: Session, *, tenant_id: UUID) -> Sequence[Design]:
    """The tenant's designs, by kind and name."""
    return session.scalars(select(Design).where(Design.tenant_id == tenant_id).order_by(Design.kind, Design.name)).all()


def get(session: Session, *, tenant_id: UUID, design_id: UUID) -> Design:
    """A design of the tenant. :raises NotFound: there is none."""
    row = session.get(Design, (tenant_id, design_id))
    if row is None:
        raise NotFound()
    return row


def current(session: Session, *, tenant_id: UUID, design_id: UUID) -> DesignVersion | None:
    """A design's newest version; None if it has none yet."""
    return session.scalars(
        select(DesignVersion)
        .where(DesignVersion.tenant_id == tenant_id, DesignVersion.design_id == design_id)
        .order_by(DesignVersion.version.desc())
        .limit(1)
    ).first()


def versions(session: Session, *, tenant_id: UUID) -> dict[UUID, DesignVersion]:
    """Each design's newest version as a whole; without those that have none yet."""
    rows = session.scalars(
        select(DesignVersion)
        .where(DesignVersion.tenant_id == tenant_id)
        .ext(distinct_on(DesignVersion.design_id))
        .order_by(DesignVersion.design_id, DesignVersion.version.desc())
    )
    return {row.design_id: row for row in rows}


def defaults(session: Session, *, tenant_id: UUID, at: datetime) -> frozenset[UUID]:
    """The designs that their kinds had at an instant."""
    found = (chosen(session, tenant_id=tenant_id, kind=kind, at=at) for kind in KINDS)
    return frozenset(design_id for design_id in found if design_id is not None)


def chosen(session: Session, *, tenant_id: UUID, kind: str, at: datetime) -> UUID | None:
    """Which design a kind had at an instant; None: none was chosen yet."""
    return session.scalar(
        select(DesignChoice.design_id)
        .where(DesignChoice.tenant_id == tenant_id, DesignChoice.kind == kind, DesignChoice.chosen_at <= at)
        .order_by(DesignChoice.chosen_at.desc(), DesignChoice.choice_id.desc())
        .limit(1)
    )


def of_document(session: Session, *, tenant_id: UUID, kind: str, at: datetime) -> DesignVersion | None:
    """What the design of a kind said at an instant: that in which a document was accepted."""
    design_id = chosen(session, tenant_id=tenant_id, kind=kind, at=at)
    if design_id is None:
        return None
    return session.scalars(
        select(DesignVersion)
        .where(
            DesignVersion.tenant_id == tenant_id,
            DesignVersion.design_id == design_id,
            DesignVersion.created_at <= at,
        )
        .order_by(DesignVersion.version.desc())
        .limit(1)
    ).first()


def stylesheet(session: Session, *, version: DesignVersion | None) -> bytes | None:
    """The stylesheet that a version names; None: the layout is ours."""
    if version is None or version.xslt_sha256 is None:
        return None
    return stylesheet_with(session, tenant_id=version.tenant_id, sha256=version.xslt_sha256)


def stylesheet_with(session: Session, *, tenant_id: UUID, sha256: bytes) -> bytes | None:
    """The tenant's stylesheet with this hash; None: there is none."""
    return session.scalar(
        select(DesignStylesheet.data).where(DesignStylesheet.tenant_id == tenant_id, DesignStylesheet.sha256 == sha256)
    )


def create(session: Session, *, tenant_id: UUID, kind: str, name: str, actor: Actor, at: datetime) -> Design:
    """Enter a design; the first of its kind is the default.

    :raises InvalidFields: a field is wrong. :raises DesignExists, TooManyDesigns: 409.
    """
    check = Checks()
    said = check.text("name", name, longest=80, needed=True) or ""
    if kind not in KINDS:
        check.refuse("kind", "Belge türünü seçin.", "Choose a kind of document.")
    check.done()
    if session.scalar(select(func.count()).where(Design.tenant_id == tenant_id)) == DESIGNS_MAX:
        raise TooManyDesigns(f"En çok {DESIGNS_MAX} tasarım.", f"At most {DESIGNS_MAX} designs.")
    first = chosen(session, tenant_id=tenant_id, kind=kind, at=at) is None
    row = Design(tenant_id=tenant_id, design_id=new_id(), kind=kind, name=said, created_at=at)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "design_tenant_id_kind_name_key" not in str(error.orig):
            raise
        raise DesignExists(f"'{said}' adlı bir tasarım var.", f"There is a design called '{said}'.") from error
    if first:
        _choose(session, row, at)
    after = {"kind": row.kind, "name": row.name, "is_default": first}
    _note(session, row, "design.added", None, after, actor, at)
    return row


def revise(
    session: Session, *, tenant_id: UUID, design_id: UUID, look: Look, keep_logo: bool = False,
    keep_xslt: bool = False, actor: Actor, at: datetime,
) -> DesignVersion:  # fmt: skip
    """Write a further version; documents accepted from now on show it. `keep_logo`, `keep_xslt`: those of the one
    before; without a stylesheet the layout is ours again. The caller has tried the stylesheet.

    :raises NotFound: no such design. :raises InvalidFields: a field is wrong. :raises TooManyDesigns: 409.
    """
    session.execute(  # versions of one design are written one after another
        select(Design.design_id).where(Design.tenant_id == tenant_id, Design.design_id == design_id).with_for_update()
    )
    row = get(session, tenant_id=tenant_id, design_id=design_id)
    before = current(session, tenant_id=tenant_id, design_id=design_id)
    check = Checks()
    notes = _notes(check, look.notes)
    bank_name = check.text("bank_name", look.bank_name, longest=100)
    iban = _iban(check, look.iban)
    logo: tuple[bytes | None, str | None] = (before.logo, before.logo_type) if before and keep_logo else (None, None)
    if look.logo:
        picture = pictures.read(check, "logo", look.logo)
        logo = (picture.data, picture.media_type) if picture else logo
    xslt_name = _xslt_name(check, look)
    check.done()
    number = before.version + 1 if before else 1
    if number > VERSIONS_MAX:
        raise TooManyDesigns(f"En çok {VERSIONS_MAX} sürüm.", f"At most {VERSIONS_MAX} versions.")
    xslt: tuple[bytes | None, str | None] = (None, None)
    if look.xslt:
        xslt = (_stored(session, tenant_id, look.xslt, actor, at), xslt_name)
    elif before and keep_xslt:
        xslt = (before.xslt_sha256, before.xslt_name)
    made = DesignVersion(
        tenant_id=tenant_id, design_id=design_id, version=number, notes=notes, iban=iban, bank_name=bank_name,
        logo=logo[0], logo_type=logo[1], created_by=f"{actor.kind}:{actor.id}", created_at=at,
        xslt_sha256=xslt[0], xslt_name=xslt[1],
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(session, row, "design.changed", _said(before), _said(made), actor, at)
    return made


def make_default(session: Session, *, tenant_id: UUID, design_id: UUID, actor: Actor, at: datetime) -> Design:
    """Let this design be that of its kind, for documents accepted from now on. :raises NotFound: there is none."""
    row = get(session, tenant_id=tenant_id, design_id=design_id)
    if chosen(session, tenant_id=tenant_id, kind=row.kind, at=at) != design_id:
        _choose(session, row, at)
        _note(session, row, "design.changed", {"is_default": False}, {"is_default": True}, actor, at)
    return row


def _choose(session: Session, row: Design, at: datetime) -> None:
    session.add(
        DesignChoice(
            tenant_id=row.tenant_id, choice_id=new_id(), kind=row.kind, design_id=row.design_id, chosen_at=at
        )
    )  # fmt: skip
    session.flush()


def _notes(check: Checks, given: Sequence[str]) -> list[str]:
    said = [check.text("notes", note, longest=NOTE_CHARACTERS_MAX) for note in given]
    notes = [note for note in said if note]
    if len(notes) > NOTES_MAX:
        check.refuse("notes", f"En çok {NOTES_MAX} not.", f"At most {NOTES_MAX} notes.")
    return notes


def _xslt_name(check: Checks, look: Look) -> str | None:
    if not look.xslt:
        return None
    if len(look.xslt) > XSLT_BYTES_MAX:
        check.refuse("xslt", "XSLT en çok 1 MB olabilir.", "At most 1 MB of XSLT.")
    return check.text("xslt", (look.xslt_name or "").strip()[:80] or "tasarim.xslt", longest=80)


def _stored(session: Session, tenant_id: UUID, xslt: bytes, actor: Actor, at: datetime) -> bytes:
    digest = hashlib.sha256(xslt).digest()
    session.execute(
        insert(DesignStylesheet)
        .values(tenant_id=tenant_id, sha256=digest, data=xslt, created_by=f"{actor.kind}:{actor.id}", created_at=at)
        .on_conflict_do_nothing()
    )
    return digest


def _iban(check: Checks, given: str | None) -> str | None:
    said = check.text("iban", given, longest=42)
    if said is None:
        return None
    try:
        return str(iban_rules.validate(said))
    except ValidationError:
        check.refuse("iban", "IBAN geçersiz; rakamları denetleyin.", "The IBAN is invalid; check its digits.")
        return None


def _said(version: DesignVersion | None) -> dict[str, object]:
    """What the log keeps of a version. The account's last digits, as banks print it."""
    if version is None:
        return {"version": 0}
    return {
        "version": version.version, "notes": version.notes, "logo": version.logo is not None,
        "xslt": version.xslt_name,
        "bank_account": f"{version.bank_name or ''} …{version.iban[-4:]}".strip() if version.iban else None,
    }  # fmt: skip


def _note(
    session: Session, row: Design, action: str, before: dict[str, object] | None, after: dict[str, object],
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="design", object_id=row.design_id,
        before=before, after=after, at=at,
    )  # fmt: skip
