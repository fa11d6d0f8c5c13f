"""Whom a row names: people by their names, where it holds `person:ID`."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from uuid import UUID

from ebelge.core.db import role_session
from tenants.people import persons


def names(marks: Collection[str | None]) -> Mapping[str, str]:
    """How each mark is read; what is no person (a command's `--by`, the matching) stands as it is written."""
    ids: dict[UUID, str] = {}
    for mark in marks:
        kind, _, id_ = (mark or "").partition(":")
        if kind in ("person", "staff"):
            with suppress(ValueError):
                ids[UUID(id_)] = mark or ""
    found = {mark: mark for mark in marks if mark}
    if ids:
        with role_session("app") as session:
            found |= {ids[id_]: one.full_name for id_, one in persons.named(session, person_ids=list(ids)).items()}
    return found
