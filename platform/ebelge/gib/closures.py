"""GİB's UserTempList: accounts that GİB closed by itself, as of a day. Entries stay in it for seven days.

Form: UserList Kılavuzu v1.0 (Apr 2026), section 3: UserTempList/User{Identifier, NewIdentifier, ClosureDate yyyymmdd,
Status, RegistrationCode, RegistrationDescription}. The list is short, so it is read at once.
"""

import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lxml import etree

from ebelge.gib.mtom import MessageUnreadable, parse_xml
from ebelge.gib.taxpayers import UserListUnreadable

BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Closure:
    """One account that GİB closed: from `closure_date` on it sends and receives nothing."""

    vkn_tckn: str
    closure_date: date
    new_identifier: str
    status: str
    registration_code: str
    registration_description: str


def read_closures(path: Path) -> list[Closure]:
    """The closures in a file: GİB's zip, or its XML. :raises UserListUnreadable: it is none."""
    try:
        root = parse_xml(_xml(path))
    except (MessageUnreadable, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UserListUnreadable("Geçici liste okunamadı", f"The temporary list cannot be read: {error}") from error
    if root.tag != "UserTempList":
        raise UserListUnreadable("Dosya geçici kullanıcı listesi değil", "Not a temporary user list")

    def closure(user: etree._Element) -> Closure:
        def said(name: str) -> str:
            return (user.findtext(name) or "").strip()

        try:
            day = date.fromisoformat(said("ClosureDate"))
        except ValueError as error:
            raise UserListUnreadable("Kapanış tarihi okunamadı", f"An unreadable day: {error}") from error
        words = (said(name) for name in ("NewIdentifier", "Status", "RegistrationCode", "RegistrationDescription"))
        return Closure(said("Identifier"), day, *words)

    return [closure(user) for user in root.iterfind("User")]


def _xml(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()[: BYTES_MAX + 1]
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) != 1 or entries[0].file_size > BYTES_MAX:
            raise UserListUnreadable("Zip içinde tek dosya olmalı", "The zip must hold one file of lawful size")
        with archive.open(entries[0]) as file:
            return file.read(BYTES_MAX + 1)
