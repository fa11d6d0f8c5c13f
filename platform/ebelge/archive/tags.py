"""Tags with colours, hung on entries of the archive one by one or many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ebelge.archive.models import COLOURS, ArchiveTag, Tag
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.folding import fold
from ebelge.core.ids import new_id
from tenants.audit import entries
from tenants.audit.entries import Actor

TAGS_MAX: Final = 100
ON_ENTRY_MAX: Final = 20
AT_ONCE_MAX: Final = 1000
NAME_MAX: Final = 40


class TagRefused(Conflict):
    """There is a tag of that name, or as many as there may be."""

    code = "tag_refused"
    title_tr, title_en = "Etiket eklenemedi", "The tag was not added"


def listed(session: Session, *, tenant_id: UUID) -> Sequence[Tag]:
    """The tenant's tags, by name."""
    return session.scalars(select(Tag).where(Tag.tenant_id == tenant_id).order_by(Tag.folded)).all()


def create(session: Session, *, tenant_id: UUID, name: str, colour: str, actor: Actor, at: datetime) -> Tag:
    """A new tag. :raises InvalidRequest: no name or colour. :raises TagRefused: see there."""
    row = Tag(tenant_id=tenant_id, tag_id=new_id(), created_at=at, **_named(name, colour))
    count = session.scalar(select(func.count()).select_from(Tag).where(Tag.tenant_id == tenant_id)) or 0
    if count >= TAGS_MAX:
        raise TagRefused(f"En çok {TAGS_MAX} etiket olabilir.", f"There can be {TAGS_MAX} tags at most.")
    _written(session, row)
    _note(session, row, "tag.created", actor, at)
    return row


def change(
    session: Session, *, tenant_id: UUID, tag_id: UUID, name: str, colour: str, actor: Actor, at: datetime
) -> Tag:
    """Another name or colour. :raises NotFound, InvalidRequest, TagRefused: see there."""
    row = _locked(session, tenant_id, tag_id)
    for field, value in _named(name, colour).items():
        setattr(row, field, value)
    _written(session, row)
    _note(session, row, "tag.changed", actor, at)
    return row


def remove(session: Session, *, tenant_id: UUID, tag_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a tag off everything, and away. :raises NotFound: this tenant has none with that id."""
    row = _locked(session, tenant_id, tag_id)
    _note(session, row, "tag.removed", actor, at)
    session.delete(row)
    session.flush()


def hang(
    session: Session, *, tenant_id: UUID, entry_ids: Sequence[UUID], add: Sequence[UUID], take: Sequence[UUID],
    at: datetime,
) -> None:  # fmt: skip
    """Hang the tags `add` on entries (which the caller has looked up) and take the tags `take` off; twice is once.

    :raises NotFound: a tag is not this tenant's. :raises InvalidRequest: too many at once.
    :raises TagRefused: an entry would have more than it may.
    """
    ids, wanted = list(dict.fromkeys(entry_ids)), list(dict.fromkeys(add))
    if len(ids) > AT_ONCE_MAX or len(wanted) > ON_ENTRY_MAX or len(take) > TAGS_MAX:
        raise InvalidRequest(
            f"En çok {AT_ONCE_MAX} kayıt birden etiketlenir.", f"At most {AT_ONCE_MAX} entries are tagged at once."
        )
    known = set(session.scalars(select(Tag.tag_id).where(Tag.tenant_id == tenant_id)))
    if not known.issuperset(wanted) or not known.issuperset(take):
        raise NotFound("Böyle bir etiket yok.", "There is no such tag.")
    mine = ArchiveTag.tenant_id == tenant_id, ArchiveTag.entry_id.in_(ids)
    if take:
        session.execute(delete(ArchiveTag).where(*mine, ArchiveTag.tag_id.in_(take)))
    if not wanted or not ids:
        return
    rows = [
        {"tenant_id": tenant_id, "entry_id": entry_id, "tag_id": tag_id, "tagged_at": at}
        for entry_id in ids
        for tag_id in wanted
    ]
    session.execute(insert(ArchiveTag).on_conflict_do_nothing(), rows)
    most = session.scalar(
        select(func.count()).where(*mine).group_by(ArchiveTag.entry_id).order_by(func.count().desc()).limit(1)
    )
    if (most or 0) > ON_ENTRY_MAX:
        raise TagRefused(
            f"Bir kayıtta en çok {ON_ENTRY_MAX} etiket olabilir. Hiçbir şey değiştirilmedi.",
            f"An entry can have {ON_ENTRY_MAX} tags at most. Nothing was changed.",
        )


def of_entries(session: Session, *, tenant_id: UUID, entry_ids: Sequence[UUID]) -> Mapping[UUID, list[Tag]]:
    """The tags of entries, by name."""
    rows = session.execute(
        select(ArchiveTag.entry_id, Tag)
        .join(Tag, (Tag.tenant_id == ArchiveTag.tenant_id) & (Tag.tag_id == ArchiveTag.tag_id))
        .where(ArchiveTag.tenant_id == tenant_id, ArchiveTag.entry_id.in_(entry_ids))
        .order_by(Tag.folded)
    )
    found: dict[UUID, list[Tag]] = {}
    for entry_id, tag in rows:
        found.setdefault(entry_id, []).append(tag)
    return found


def _named(name: str, colour: str) -> dict[str, str]:
    name = " ".join(name.split())
    if not fold(name) or len(name) > NAME_MAX or not name.isprintable():
        raise InvalidRequest(
            f"Etiketin adı 1-{NAME_MAX} karakter olmalı, harf ya da rakam içermeli.",
            f"A tag's name has 1 to {NAME_MAX} characters, letters or digits among them.",
        )
    if colour not in COLOURS:
        raise InvalidRequest(f"Renkler: {', '.join(COLOURS)}", f"Colours: {', '.join(COLOURS)}")
    return {"name": name, "folded": fold(name), "colour": colour}


def _locked(session: Session, tenant_id: UUID, tag_id: UUID) -> Tag:
    row = session.scalars(
        select(Tag).where(Tag.tenant_id == tenant_id, Tag.tag_id == tag_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("Böyle bir etiket yok.", "There is no such tag.")
    return row


def _written(session: Session, row: Tag) -> None:
    name = row.name
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise TagRefused(f"{name} adında bir etiket var.", f"There is a tag called {name}.") from error


def _note(session: Session, row: Tag, action: str, actor: Actor, at: datetime) -> None:
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="tag", object_id=row.tag_id,
        after={"name": row.name, "colour": row.colour}, at=at,
    )  # fmt: skip
