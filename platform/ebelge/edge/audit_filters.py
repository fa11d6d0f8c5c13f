"""What a reader asks of the audit log, out of the URL: person, action, object, days of Istanbul, cursor."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from ebelge.core.clock import istanbul_midnight
from ebelge.core.errors import InvalidRequest
from tenants.audit.actions import ACTIONS, AREAS
from tenants.audit.queries import Asked, Place

_TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as they were given; empty is none."""

    actor: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    first: date | None = None
    last: date | None = None

    def asked(self, tenant_id: UUID | None) -> Asked:
        """The question to the log of an account, or (None) of all."""
        area = self.action if self.action in AREAS else ""
        return Asked(
            tenant_id=tenant_id, actor_id=self.actor, action="" if area else self.action, area=area,
            object_kind=self.object_kind, object_id=self.object_id,
            since=None if self.first is None else istanbul_midnight(self.first),
            until=None if self.last is None else istanbul_midnight(self.last + timedelta(days=1)),
        )  # fmt: skip


def filters(given: Mapping[str, str]) -> Filters:
    """The filters of a URL. :raises InvalidRequest: a day that is none, an action that is none, or too long."""
    if any(len(value) > _TEXT_MAX or "\x00" in value for value in given.values()):
        raise _wrong("Süzgeç çok uzun.", "A filter is too long.")
    action = given.get("action", "")
    if action and action not in ACTIONS and action not in AREAS:
        raise _wrong("Böyle bir işlem türü yok.", "There is no such action.")
    return Filters(
        actor=given.get("actor", "").strip(), action=action, object_kind=given.get("object_kind", "").strip(),
        object_id=given.get("object_id", "").strip(), first=_day(given.get("from", "")), last=_day(given.get("to", "")),
    )  # fmt: skip


def pack(place: Place) -> str:
    """The cursor that goes on after a place."""
    return base64.urlsafe_b64encode(f"{place.at.isoformat()} {place.entry_id}".encode()).decode().rstrip("=")


def unpack(cursor: str | None) -> Place | None:
    """The place in a cursor. :raises InvalidRequest: it is none of ours."""
    if not cursor:
        return None
    try:
        at, _, entry_id = (
            base64.urlsafe_b64decode(cursor[:200] + "=" * (-len(cursor) % 4)).decode("ascii").partition(" ")
        )
        place = Place(datetime.fromisoformat(at), UUID(entry_id))
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise _bad_cursor() from error
    if place.at.tzinfo is None:
        raise _bad_cursor()
    return place


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise _wrong("Gün YYYY-AA-GG biçiminde olmalı.", "A day is given as YYYY-MM-DD.") from error
    if day is not None and not 2000 <= day.year <= 2200:
        raise _wrong("Gün 2000-2200 arasında olmalı.", "A day lies between 2000 and 2200.")
    return day


def _bad_cursor() -> InvalidRequest:
    return _wrong(
        "cursor geçersiz; önceki sayfanın bağlantısını kullanın.", "The cursor is invalid; use the page before's link."
    )


def _wrong(tr: str, en: str) -> InvalidRequest:
    return InvalidRequest(tr, en)
