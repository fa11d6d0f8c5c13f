"""Published versions of the texts: the one in force, those before and after; publishing what `published/` holds."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_midnight, micros
from ebelge.core.errors import Conflict, NotFound
from tenants.texts.kinds import KINDS
from tenants.texts.models import TextVersion

_LANGUAGES = ("tr", "en")


class TextChanged(Conflict):
    """A published version is not what was published: texts are replaced by a new version, never edited."""

    code = "text_changed"
    title_tr, title_en = "Yayımlanmış bir metin değiştirilemez", "A published text cannot be changed"


@dataclass(frozen=True, slots=True)
class Wording:
    """A version as it is written, in both languages; in force from midnight (Istanbul) of `version`."""

    kind: str
    version: str
    draft: bool
    title: tuple[str, str]
    changes: tuple[str, str]
    body: tuple[str, str]

    @property
    def valid_from(self) -> datetime:
        """The first instant of its day."""
        return istanbul_midnight(date.fromisoformat(self.version))

    def sha256(self) -> bytes:
        """Of all that a reader is shown, both languages together."""
        shown = [self.kind, self.version, micros(self.valid_from), *self.title, *self.changes, *self.body]
        return hashlib.sha256(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def written() -> list[Wording]:
    """The versions that came with the program: `published/<kind>/<version>.<language>.txt`, oldest first."""
    found = [_read(kind, version) for kind in KINDS for version in _versions(_folder(kind))]
    return sorted(found, key=lambda one: (one.version, one.kind))


def publish(session: Session, *, wordings: Sequence[Wording], by: str, at: datetime) -> list[TextVersion]:
    """Publish those that are not yet; returns them. Role finance: accounts only read. Repeating it changes nothing.

    :raises TextChanged: a published version reads otherwise, or a newer version of the kind is in force already.
    """
    new = []
    for one in sorted(wordings, key=lambda wording: (wording.version, wording.kind)):
        published = session.get(TextVersion, (one.kind, one.version))
        if published is not None:
            if published.sha256 != one.sha256():
                raise TextChanged(
                    f"{one.kind} {one.version} yayımlandıktan sonra değişmiş; yeni tarihli bir sürüm yazın.",
                    f"{one.kind} {one.version} differs from what was published; write a version with a new date.",
                )
            continue
        newest = _newest(session, kind=one.kind, at=at)
        if newest is not None and newest.valid_from >= one.valid_from:
            raise TextChanged(
                f"{one.kind} için {newest.version} yürürlükte; daha eski tarihli sürüm yayımlanamaz.",
                f"{newest.version} of {one.kind} is in force; no older version can be published any more.",
            )
        row = TextVersion(
            kind=one.kind, version=one.version, valid_from=one.valid_from, draft=one.draft,
            title_tr=one.title[0], title_en=one.title[1], changes_tr=one.changes[0], changes_en=one.changes[1],
            body_tr=one.body[0], body_en=one.body[1], sha256=one.sha256(), published_by=by, published_at=at,
        )  # fmt: skip
        session.add(row)
        new.append(row)
    session.flush()
    return new


def in_force(session: Session, *, at: datetime) -> dict[str, TextVersion]:
    """The version of each kind that is in force at an instant."""
    newest = (
        select(TextVersion.kind, func.max(TextVersion.valid_from))
        .where(TextVersion.valid_from <= at)
        .group_by(TextVersion.kind)
    )
    rows = session.scalars(select(TextVersion).where(tuple_(TextVersion.kind, TextVersion.valid_from).in_(newest)))
    return {row.kind: row for row in rows}


def history(session: Session, *, kind: str) -> Sequence[TextVersion]:
    """Every version of a kind, newest first, those not yet in force too."""
    return session.scalars(
        select(TextVersion).where(TextVersion.kind == kind).order_by(TextVersion.valid_from.desc())
    ).all()


def get(session: Session, *, kind: str, version: str) -> TextVersion:
    """One version. :raises NotFound: there is none."""
    found = session.get(TextVersion, (kind, version))
    if found is None:
        raise NotFound("Böyle bir metin yok.", "There is no such text.")
    return found


def _newest(session: Session, *, kind: str, at: datetime) -> TextVersion | None:
    return in_force(session, at=at).get(kind)


def _folder(kind: str) -> Traversable:
    return files("tenants.texts") / "published" / kind


def _versions(folder: Traversable) -> Iterator[str]:
    yield from sorted({entry.name.split(".")[0] for entry in folder.iterdir() if entry.name.endswith(".txt")})


def _read(kind: str, version: str) -> Wording:
    """Head lines "name: value" up to the first empty line, then the body."""
    heads, bodies = [], []
    for language in _LANGUAGES:
        text = (_folder(kind) / f"{version}.{language}.txt").read_text(encoding="utf-8")
        head, _, body = text.partition("\n\n")
        heads.append({name: value.strip() for name, _, value in (line.partition(":") for line in head.splitlines())})
        bodies.append(body.strip() + "\n")
    return Wording(
        kind=kind,
        version=version,
        draft=any(head.get("draft") == "yes" for head in heads),
        title=(heads[0]["title"], heads[1]["title"]),
        changes=(heads[0]["changes"], heads[1]["changes"]),
        body=(bodies[0], bodies[1]),
    )
