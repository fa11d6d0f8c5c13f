"""GİB's user list as lines for PostgreSQL's COPY, in one pass and in memory that does not grow with it.

Millions of users come hourly. Text without a reference, a comment or a section means exactly what its bytes say, so
what has the form of the guide is cut by one pattern (ADR 0117). Whatever has not is read by the XML parser: one user
whose text needs it, and all that follows where comments, sections or instructions stand between users.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import IO

from ebelge.gib.taxpayers import XML_BYTES_MAX, RegisteredUser, UserListUnreadable, bounded, read_user_list

# The columns of a line, in order.
COLUMNS = ("vkn_tckn", "document_type", "alias", "title", "account_type", "created_at", "deleted_at")
_CHUNK = 1024 * 1024
_USER_BYTES_MAX = 4 * 1024 * 1024
# Text that stands for itself in XML and in COPY: no reference, no backslash, no control character. Only titles have
# references often enough ("A &amp; B LTD. ŞTİ.") to be worth a look. Possessive: nothing is ever tried twice.
_TEXT = rb"[^<&\\\x00-\x1f\x7f]*+"
_TITLE = rb"[^<\\\x00-\x1f\x7f]*+"
_TIME = rb"[0-9T:.-]{19,26}+"
_ALIAS = (
    rb"<Alias>\s*+<Name>%s</Name>\s*+<CreationTime>%s</CreationTime>\s*+"
    rb"(?:<DeletionTime>%s</DeletionTime>\s*+)?+</Alias>"
)
_USER = re.compile(
    rb"\s*+<User>\s*+<Identifier>([0-9]{10,11}+)</Identifier>\s*+<Title>(%s)</Title>\s*+<Type>%s</Type>\s*+"
    rb"<FirstCreationTime>%s</FirstCreationTime>\s*+(?:<AccountType>(\w*+)</AccountType>\s*+)?+<Documents>"
    rb'((?:\s*+<Document type="\w++">\s*+(?:%s\s*+)*+</Document>)*+)\s*+</Documents>\s*+</User>'
    % (_TITLE, _TEXT, _TIME, _ALIAS % (_TEXT, _TIME, _TIME))
)
_INSIDE = re.compile(rb'<Document type="(\w++)">|' + _ALIAS % (b"(%s)" % _TEXT, b"(%s)" % _TIME, b"(%s)" % _TIME))
_REFERENCE = re.compile(rb"&(amp|lt|gt|quot|apos);")
_MEANS = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml\s+version=[\"']1\.\d[\"'](?:\s+encoding=[\"'](?i:utf-8)[\"'])?"
    rb"(?:\s+standalone=[\"']\w+[\"'])?\s*\?>)?\s*(?:<!--(?:(?!--).)*-->\s*)*<UserList>",
    re.DOTALL,
)
_END = re.compile(rb"\s*</UserList>\s*\Z")


def list_lines(source: IO[bytes], *, xml_bytes_max: int = XML_BYTES_MAX) -> Iterator[bytes]:
    """Yield a list's aliases as lines of COPY's text format (`COLUMNS`), some thousands at a time.

    `source` is a seekable binary stream: the zip as downloaded, or its XML. Times are Istanbul's wall clock: the
    session that takes them in has that time zone.
    :raises UserListUnreadable: at the place where the list stops being readable; what came before is incomplete.
    """
    magic = source.read(2)
    source.seek(0)
    if magic != b"PK":
        yield from _lines(bounded(source, xml_bytes_max))
        return
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            if len(entries) != 1 or entries[0].flag_bits & 0x1:
                raise UserListUnreadable("Zip içinde tek dosya olmalı", "The zip must hold exactly one file")
            with closing(archive.open(entries[0])) as stream:
                yield from _lines(bounded(stream, xml_bytes_max))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UserListUnreadable("Zip açılamadı", f"The zip cannot be opened: {error}") from error


def _lines(stream: io.RawIOBase) -> Iterator[bytes]:
    buffer = stream.read(_CHUNK) or b""
    start = _START.match(buffer)
    if start is None:
        yield from _by_parser(buffer, stream)
        return
    at, ended = start.end(), False
    out: list[bytes] = []
    while True:
        at = _cut(buffer, at, out)
        if out:
            yield b"".join(out)
            out.clear()
        close = buffer.find(b"</User>", at)
        if close >= 0:  # a whole user that has not the form
            piece = buffer[at : close + 7]
            if b"<!" in piece or b"<?" in piece:
                yield from _by_parser(b"<UserList>" + buffer[at:], stream)
                return
            yield from lines_of(_users(b"<UserList>" + piece + b"</UserList>"))
            at = close + 7
            continue
        if ended:
            break
        if len(buffer) - at > _USER_BYTES_MAX:
            raise UserListUnreadable("Listede çok büyük bir kayıt var", "A user of the list is too large")
        more = stream.read(_CHUNK) or b""
        buffer, at, ended = buffer[at:] + more, 0, not more
    if not _END.match(buffer, at):
        yield from _by_parser(b"<UserList>" + buffer[at:], stream)


def _cut(buffer: bytes, at: int, out: list[bytes]) -> int:
    """Append the lines of the users that follow each other from `at`; returns where the first other thing begins."""
    match, find, add = _USER.match, _INSIDE.findall, out.append
    while (user := match(buffer, at)) is not None:
        vkn, title, account, documents = user.groups()
        if b"&" in title:
            references = title.count(b"&")
            title, known = _REFERENCE.subn(_meant, title)
            if known != references:
                return at
        at = user.end()
        middle = b"\t%s\t%s\t" % (title.strip(), account or b"\\N")
        head = b""
        for kind, name, created, deleted in find(documents):
            if kind:
                head = b"%s\t%s\t" % (vkn, kind)
            else:
                add(b"%s%s%s%s\t%s\n" % (head, name.strip(), middle, created, deleted or b"\\N"))
    return at


def _meant(reference: re.Match[bytes]) -> bytes:
    return _MEANS[reference[1]]


def _users(xml: bytes) -> Iterator[RegisteredUser]:
    return read_user_list(io.BytesIO(xml))


def _by_parser(begun: bytes, rest: io.RawIOBase) -> Iterator[bytes]:
    """The lines of what the pattern cannot cut, read by the XML parser to the end of the list."""
    yield from lines_of(read_user_list(io.BufferedReader(_Joined(begun, rest), _CHUNK)))


class _Joined(io.RawIOBase):
    """Bytes that were read already, then the stream they came from; seeks back to its beginning only."""

    def __init__(self, begun: bytes, rest: io.RawIOBase) -> None:
        self._begun, self._rest, self._at = begun, rest, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset
        return offset

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer, says the base
        if self._at < len(self._begun):
            data = self._begun[self._at : self._at + len(target)]
        else:
            data = self._rest.read(len(target)) or b""
        self._at += len(data)
        target[: len(data)] = data
        return len(data)


def lines_of(users: Iterable[RegisteredUser]) -> Iterator[bytes]:
    """The lines of users that were read already."""
    out: list[str] = []
    for user in users:
        for alias in user.aliases:
            values = (user.vkn_tckn, alias.document_type, alias.alias, user.title, user.account_type or None)
            times = (alias.created_at, alias.deleted_at)
            out.append("\t".join((*map(_field, values), *map(_time, times))) + "\n")
        if len(out) > 2000:
            yield "".join(out).encode()
            out.clear()
    if out:
        yield "".join(out).encode()


def _field(value: str | None) -> str:
    if value is None:
        return "\\N"
    if "\x00" in value:
        raise UserListUnreadable("Listede geçersiz karakter var", "A character that no text may hold")
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _time(at: datetime | None) -> str:
    return "\\N" if at is None else at.isoformat()
