"""Old documents: a ZIP of XML as the former integrator gives it, read one by one, never unpacked as a whole."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from ebelge.core.findings import Finding
from ebelge.onboarding.imports.book import ImportUnreadable
from ebelge.onboarding.imports.totals import Totals
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.parse import parse
from ebelge.ubl.reading import MAX_BYTES
from ebelge.ubl.types import Party

FILES_MAX = 1_000_000
RATIO_MAX = 250
RATIO_FREE_BYTES = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class OldRecord:
    """The facts of one old document. `account` is whose it is, `other` who stands on its other side."""

    name: str
    account: str
    direction: str
    ettn: UUID
    kind: str
    profile: str
    type_code: str
    number: str
    issue_date: date
    other_vkn_tckn: str
    other_title: str
    currency: str
    payable_kurus: int
    sha256: bytes
    size: int


@dataclass(frozen=True, slots=True)
class OldDocuments:
    """A ZIP's documents and what is wrong with it."""

    records: Sequence[OldRecord]
    findings: Sequence[Finding]

    def totals(self) -> Totals:
        """How many, and the sum of those in lira."""
        lira = sum(one.payable_kurus for one in self.records if one.currency == "TRY")
        return Totals(documents=len(self.records), documents_try_kurus=lira)


def read_zip(path: Path, *, accounts: Sequence[str]) -> OldDocuments:
    """The facts of every XML in the ZIP; a document between two of `accounts` counts for both.

    :raises ImportUnreadable: no ZIP, or too many files.
    """
    ours = frozenset(accounts)
    records: list[OldRecord] = []
    findings: list[Finding] = []
    seen: dict[tuple[str, str, UUID], str] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _entries(archive):
                try:
                    found = list(_records(entry.filename, _read(archive, entry), ours))
                except UnreadableDocument as error:
                    findings.append(_unreadable(entry.filename, error))
                    continue
                if not found:
                    findings.append(_nobodys(entry.filename))
                for record in found:
                    key = (record.account, record.direction, record.ettn)
                    if key in seen:
                        findings.append(_twice(entry.filename, seen[key]))
                    else:
                        seen[key] = entry.filename
                        records.append(record)
    except _BROKEN as error:
        raise ImportUnreadable(
            "Belge arşivi açılamadı.", f"The ZIP cannot be opened: {type(error).__name__}."
        ) from error
    return OldDocuments(records, findings)


def read_files(path: Path, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of some files of the ZIP, one after the other. :raises ImportUnreadable: it changed meanwhile."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                yield name, _read(archive, archive.getinfo(name))
    except (*_BROKEN, KeyError) as error:
        raise ImportUnreadable(
            "Belge arşivi değişmiş ya da açılamıyor.", "The ZIP has changed or cannot be opened."
        ) from error


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > FILES_MAX:
        raise ImportUnreadable(f"Arşivde {FILES_MAX} dosyadan fazla var.", f"More than {FILES_MAX} files in the ZIP.")
    return entries


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A file's bytes; one that is larger than a document can be is cut, which parsing then refuses."""
    with archive.open(entry) as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > RATIO_FREE_BYTES and len(data) > RATIO_MAX * max(entry.compress_size, 1):
        raise zipfile.BadZipFile(f"{entry.filename} unpacks {RATIO_MAX} times its size")
    return data


def _records(name: str, xml: bytes, ours: frozenset[str]) -> Iterator[OldRecord]:
    document = parse(xml)
    sides: tuple[tuple[str, Party, Party], ...] = (
        ("out", document.supplier, document.customer),
        ("in", document.customer, document.supplier),
    )
    for direction, mine, other in sides:
        if mine.vkn_tckn in ours:
            yield OldRecord(
                name=name,
                account=mine.vkn_tckn,
                direction=direction,
                ettn=document.ettn,
                kind=document.kinds[0].value,
                profile=document.profile_id,
                type_code=document.type_code,
                number=document.number,
                issue_date=document.issue_date,
                other_vkn_tckn=other.vkn_tckn,
                other_title=other.title,
                currency=document.currency,
                payable_kurus=document.payable_kurus,
                sha256=hashlib.sha256(xml).digest(),
                size=len(xml),
            )


def _unreadable(name: str, error: UnreadableDocument) -> Finding:
    first = error.findings[0]
    return Finding("import.document", f"{name}: {first.message_tr}", f"{name}: {first.message_en}", path=name)


def _nobodys(name: str) -> Finding:
    return Finding(
        "import.document.account",
        f"{name}: satıcısı da alıcısı da devredilen hesaplardan biri değil.",
        f"{name}: neither its supplier nor its customer is one of the accounts.",
        path=name,
    )


def _twice(name: str, before: str) -> Finding:
    return Finding(
        "import.document.twice",
        f"{name}: aynı ETTN {before} dosyasında da var.",
        f"{name}: the same ETTN stands in {before}.",
        path=name,
    )
