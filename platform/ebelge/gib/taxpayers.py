"""GİB's registered user list: read as a stream, looked into, and written small for development.

Form: UserList Kılavuzu v1.0 (Apr 2026): UserList/User{Identifier, Title, Type, FirstCreationTime,
AccountType?, Documents/Document@type/Alias{Name, CreationTime, DeletionTime?}}, no namespace, times in
Istanbul's wall clock. Two zips of one XML each: the PK list (who receives) and the GB list (who sends).
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO
from xml.sax.saxutils import escape

from lxml import etree

from ebelge.core.clock import ISTANBUL
from ebelge.core.errors import DomainError

XML_BYTES_MAX = 4 * 1024**3
DOCUMENT_TYPES = ("Invoice", "DespatchAdvice")


class ListKind(StrEnum):
    """PK: mailboxes that receive. GB: units that send."""

    PK = "Pk"
    GB = "Gb"

    @property
    def file_name(self) -> str:
        """The zip's name at GİB."""
        return f"newUser{self.value}Listxml.zip"


class UserListUnreadable(DomainError):
    """The user list breaks off, is no user list, or is not safe to read; keep the previous one."""

    code, http_status = "unreadable_user_list", 502
    title_tr, title_en = "Kayıtlı kullanıcı listesi okunamadı", "The registered user list cannot be read"


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias (etiket) of a user for one document type; `deleted_at` set means closed since then."""

    document_type: str
    alias: str
    created_at: datetime
    deleted_at: datetime | None = None

    def open_at(self, at: datetime) -> bool:
        """True if the alias took documents at `at`."""
        return self.created_at <= at and (self.deleted_at is None or at < self.deleted_at)


@dataclass(frozen=True, slots=True)
class RegisteredUser:
    """One taxpayer of the list. `type` is KAMU or OZEL; `account_type` may be empty."""

    vkn_tckn: str
    title: str
    type: str
    account_type: str
    aliases: tuple[Alias, ...]
    first_created_at: datetime | None = None

    def open_aliases(self, document_type: str, *, at: datetime) -> tuple[Alias, ...]:
        """The aliases that take `document_type` (Invoice, DespatchAdvice) at `at`, in the list's order."""
        return tuple(a for a in self.aliases if a.document_type == document_type and a.open_at(at))


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than a bound, whatever a zip's header says."""

    def __init__(self, stream: IO[bytes], bytes_max: int) -> None:
        self._stream, self._left = stream, bytes_max

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise UserListUnreadable("Liste çok büyük", "The list is larger than allowed")
        return data


def bounded(stream: IO[bytes], bytes_max: int) -> io.RawIOBase:
    """The stream, refusing to give more than `bytes_max`."""
    return _Bounded(stream, bytes_max)


def read_user_list(source: IO[bytes], *, xml_bytes_max: int = XML_BYTES_MAX) -> Iterator[RegisteredUser]:
    """Yield the users of a list (the zip as downloaded, or its XML), in memory that does not grow with it.

    `source` is a seekable binary stream.
    :raises UserListUnreadable: at the place where the list stops being readable; what came before is valid
        but incomplete, so use a list only when it was read to its end.
    """
    magic = source.read(2)
    source.seek(0)
    try:
        if magic != b"PK":
            yield from _users(_Bounded(source, xml_bytes_max))
            return
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            if len(entries) != 1 or entries[0].flag_bits & 0x1:
                raise UserListUnreadable("Zip içinde tek dosya olmalı", "The zip must hold exactly one file")
            with closing(archive.open(entries[0])) as stream:
                yield from _users(_Bounded(stream, xml_bytes_max))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UserListUnreadable("Zip açılamadı", f"The zip cannot be opened: {error}") from error


def _users(stream: _Bounded) -> Iterator[RegisteredUser]:
    root: etree._Element | None = None
    try:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=("UserList", "User"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for event, element in events:
            if root is None:
                root = element
                if root.tag != "UserList" or root.getroottree().docinfo.internalDTD is not None:
                    raise UserListUnreadable("Dosya bir kullanıcı listesi değil", "Not a user list")
            elif event == "end" and element.getparent() is root:
                yield _user(element)
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
    except etree.XMLSyntaxError as error:
        raise UserListUnreadable("Liste XML olarak okunamadı", f"Not well-formed: {error}") from error
    if root is None:
        raise UserListUnreadable("Dosya bir kullanıcı listesi değil", "Not a user list")


def _user(element: etree._Element) -> RegisteredUser:
    def text(parent: etree._Element, name: str) -> str:
        return (parent.findtext(name) or "").strip()

    try:
        aliases = tuple(
            Alias(
                document.get("type", ""),
                (name.text or "").strip(),
                _instant(text(alias, "CreationTime")),
                _instant(text(alias, "DeletionTime")) if text(alias, "DeletionTime") else None,
            )
            for document in element.iterfind("Documents/Document")
            for alias in document.iterfind("Alias")
            for name in alias.iterfind("Name")
        )
        first = text(element, "FirstCreationTime")
        return RegisteredUser(
            vkn_tckn=text(element, "Identifier"),
            title=text(element, "Title"),
            type=text(element, "Type"),
            account_type=text(element, "AccountType"),
            aliases=aliases,
            first_created_at=_instant(first) if first else None,
        )
    except (ValueError, OverflowError) as error:
        raise UserListUnreadable("Listede okunamayan bir tarih var", f"An unreadable time: {error}") from error


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ISTANBUL)).astimezone(UTC)


def write_user_list(users: Iterable[RegisteredUser]) -> bytes:
    """The XML of a (small) user list in GİB's form; reading it gives the same users back."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<UserList>']
    for user in users:
        first = user.first_created_at or min((a.created_at for a in user.aliases), default=None)
        account = f"<AccountType>{escape(user.account_type)}</AccountType>" if user.account_type else ""
        parts.append(
            f"<User><Identifier>{escape(user.vkn_tckn)}</Identifier><Title>{escape(user.title)}</Title>"
            f"<Type>{escape(user.type)}</Type>"
            f"<FirstCreationTime>{_wall(first) if first else ''}</FirstCreationTime>{account}<Documents>"
        )
        for document_type in sorted({alias.document_type for alias in user.aliases}, reverse=True):
            parts.append(f'<Document type="{escape(document_type)}">')
            parts += [_alias(a) for a in user.aliases if a.document_type == document_type]
            parts.append("</Document>")
        parts.append("</Documents></User>\n")
    parts.append("</UserList>")
    return "".join(parts).encode()


def _alias(alias: Alias) -> str:
    deleted = f"<DeletionTime>{_wall(alias.deleted_at)}</DeletionTime>" if alias.deleted_at else ""
    return (
        f"<Alias><Name>{escape(alias.alias)}</Name>"
        f"<CreationTime>{_wall(alias.created_at)}</CreationTime>{deleted}</Alias>"
    )


def _wall(at: datetime) -> str:
    return at.astimezone(ISTANBUL).replace(tzinfo=None).isoformat(timespec="seconds")


def zip_user_list(xml: bytes, kind: ListKind) -> bytes:
    """The list's XML in a zip, as GİB offers it for download."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        # A fixed stamp: the same list is the same file.
        entry = zipfile.ZipInfo(kind.file_name.replace("xml.zip", ".xml"), (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, xml)
    return buffer.getvalue()
