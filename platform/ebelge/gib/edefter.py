"""e-Defter files: what their names say, how large they may be, what binds a berat to its ledger, what a month lacks.

Names (summaries of GİB's guides, the package itself was not read): `VKN-YYYYMM-Y-000000.xml` yevmiye, `-K-` kebir,
`-YB-` and `-KB-` their berats, `-DR-` defter raporu; part 000000 undivided, 000001 and up divided, never both; branch
suffix `-0001` (never 0000); berats that GİB approved begin with `GIB-`. Pure: no database, nothing is kept.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Final
from xml.parsers import expat

NAMESPACE: Final = "http://www.edefter.gov.tr"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
# GİB's "200 MB", taken as the larger reading.
XML_BYTES_MAX: Final = 200 * 1024 * 1024
TYPES: Final = ("Y", "K", "YB", "KB", "DR")
BERAT_OF: Final = {"YB": "Y", "KB": "K"}
_NAME: Final = re.compile(
    r"(?P<gib>GIB-)?(?P<vkn>[0-9]{10,11})-(?P<year>20[0-9]{2})(?P<month>0[1-9]|1[0-2])-(?P<type>YB|KB|DR|Y|K)"
    r"-(?P<part>[0-9]{6})(?:-(?P<branch>[0-9]{4}))?\.(?P<form>xml|zip)",
    re.ASCII,
)
_CHUNK: Final = 1024 * 1024
_SIGNATURE_PIECES, _DEPTH_MAX = 1000, 200


class EdefterRefused(Exception):
    """The file breaks a rule of e-Defter; in Turkish and English, with a stable code."""

    def __init__(self, code: str, text_tr: str, text_en: str) -> None:
        super().__init__(text_en)
        self.code, self.text_tr, self.text_en = code, text_tr, text_en


@dataclass(frozen=True, slots=True, order=True)
class LedgerName:
    """What a file's name says. `branch`: four digits, empty for the whole company."""

    month: date
    branch: str
    type: str
    part: int
    vkn_tckn: str
    by_gib: bool = False
    form: str = "xml"

    @property
    def base(self) -> str:
        """The name without its ending; ZIP and XML share it."""
        branch = f"-{self.branch}" if self.branch else ""
        prefix = "GIB-" if self.by_gib else ""
        return f"{prefix}{self.vkn_tckn}-{self.month:%Y%m}-{self.type}-{self.part:06d}{branch}"

    @property
    def bound_to(self) -> str:
        """Base name of the ledger that a berat belongs to; empty of a ledger or report."""
        if self.type not in BERAT_OF:
            return ""
        return LedgerName(self.month, self.branch, BERAT_OF[self.type], self.part, self.vkn_tckn).base


@dataclass(frozen=True, slots=True)
class Signatures:
    """SHA-256 of signature values in a file: its own, and (of a berat) the ledger's that it repeats."""

    own: bytes | None
    bound: bytes | None


def read_name(name: str, *, vkn_tckn: str, today: date) -> LedgerName:
    """What a file's name says. :raises EdefterRefused: it is none, another company's, or of a month to come."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise EdefterRefused(
            "edefter_name",
            "Dosya adı e-Defter kuralına uymuyor: VKN-YYYYAA-Y-000000.xml (Y, K, YB, KB, DR; şube için sonda -0001).",
            "It is no e-Defter name: VKN-YYYYMM-Y-000000.xml (Y, K, YB, KB, DR; -0001 at the end for a branch).",
        )
    if found["vkn"] != vkn_tckn:
        raise EdefterRefused(
            "edefter_owner",
            f"Dosya {found['vkn']} numaralı mükellefin; bu hesabın numarası {vkn_tckn}.",
            f"The file is that of {found['vkn']}; this account is {vkn_tckn}.",
        )
    if found["branch"] == "0000":
        raise EdefterRefused("edefter_branch", "Şube eki 0000 olamaz.", "A branch suffix is never 0000.")
    if found["gib"] and found["type"] not in BERAT_OF:
        raise EdefterRefused(
            "edefter_name", "GIB- öneki yalnızca onaylı beratlarda olur.", "Only approved berats begin with GIB-."
        )
    month = date(int(found["year"]), int(found["month"]), 1)
    if month > today:
        raise EdefterRefused("edefter_month", "Dönem henüz başlamadı.", "The month has not begun.")
    return LedgerName(
        month, found["branch"] or "", found["type"], int(found["part"]), vkn_tckn, bool(found["gib"]), found["form"]
    )


def check(file: BinaryIO, name: LedgerName) -> Signatures:
    """Look through a file (XML or ZIP, from its beginning) in bounded memory: ZIP, size, root, signature values.

    :raises EdefterRefused: see the codes below. The file stands anywhere afterwards.
    """
    file.seek(0)
    if name.form == "xml":
        return _signatures(_bounded(iter(lambda: file.read(_CHUNK), b""), name), name)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if [one.filename for one in members] != [f"{name.base}.xml"] or members[0].flag_bits & 1:
                raise EdefterRefused(
                    "edefter_zip",
                    f"ZIP içinde yalnızca {name.base}.xml olmalı.",
                    f"The ZIP holds {name.base}.xml and nothing else.",
                )
            with archive.open(members[0]) as unpacked:
                return _signatures(_bounded(iter(lambda: unpacked.read(_CHUNK), b""), name), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise EdefterRefused("edefter_zip", "ZIP açılamıyor.", "The ZIP cannot be opened.") from error


def _bounded(pieces: Iterable[bytes], name: LedgerName) -> Iterator[bytes]:
    """The pieces, as long as they are no more than a ledger may have: what a ZIP claims of itself is not believed."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > XML_BYTES_MAX:
            raise EdefterRefused(
                "edefter_size",
                f"{name.base} 200 MB'tan büyük: parçalara bölünmeli (000001, 000002 …).",
                f"{name.base} is larger than 200 MB: it must be split (000001, 000002 …).",
            )
        yield piece


def _signatures(pieces: Iterable[bytes], name: LedgerName) -> Signatures:
    reader = _Reader(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.text, reader.doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError) as error:
        raise EdefterRefused("edefter_xml", "XML okunamıyor.", "The XML cannot be read.") from error
    if reader.own is None and name.type != "DR":
        raise EdefterRefused("edefter_unsigned", "Dosya imzalı değil.", "The file is not signed.")
    return Signatures(reader.own, reader.bound)


class _Reader:
    """What is kept while a ledger of any size goes by: where we are, and the signature values."""

    def __init__(self, name: LedgerName) -> None:
        self.name = name
        self.path: list[str] = []
        self.value: list[str] | None = None
        self.own: bytes | None = None
        self.bound: bytes | None = None

    def start(self, tag: str, _attributes: object) -> None:
        if not self.path:
            self._check_root(tag)
        if len(self.path) >= _DEPTH_MAX:
            raise EdefterRefused("edefter_xml", "XML çok derin.", "The XML is nested too deep.")
        self.path.append(tag)
        self.value = [] if tag.rpartition(" ")[2] == "SignatureValue" else None

    def text(self, text: str) -> None:
        if self.value is not None and len(self.value) < _SIGNATURE_PIECES:
            self.value.append(text)

    def end(self, _tag: str) -> None:
        self.path.pop()
        if self.value is None:
            return
        found, self.value = _value("".join(self.value)), None
        if self.path and self.path[-1] == f"{DS} Signature":
            self.own = found
        elif f"{DS} Signature" not in self.path:
            self.bound = found

    def doctype(self, *_given: object) -> None:
        raise EdefterRefused("edefter_xml", "XML belge tipi (DTD) içeremez.", "The XML may have no DTD.")

    def _check_root(self, tag: str) -> None:
        wanted = {"Y": ("defter",), "K": ("defter",), "YB": ("berat",), "KB": ("berat",)}.get(
            self.name.type, ("defter", "berat", "rapor", "defterRaporu")
        )
        if tag not in {f"{NAMESPACE} {one}" for one in wanted}:
            raise EdefterRefused(
                "edefter_root",
                f"Kök eleman {self.name.type} dosyasının elemanı değil (edefter:{wanted[0]} bekleniyor).",
                f"The root is not that of a {self.name.type} file (edefter:{wanted[0]} is expected).",
            )


def _value(text: str) -> bytes | None:
    """SHA-256 of a signature value without its line breaks."""
    plain = "".join(text.split())
    return hashlib.sha256(plain.encode()).digest() if plain else None


@dataclass(frozen=True, slots=True)
class MonthState:
    """What a month (of the company or a branch) has, what it lacks, and what does not fit, in base names."""

    month: date
    branch: str
    missing: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    unbound: tuple[str, ...] = field(default=())

    @property
    def complete(self) -> bool:
        """Every ledger with its berat and GİB's approved one, no gap, nothing that contradicts."""
        return not (self.missing or self.mixed or self.unbound)


def month_state(
    month: date, branch: str, *, vkn_tckn: str, names: Iterable[LedgerName], unbound: Iterable[str] = ()
) -> MonthState:
    """What is missing: yevmiye, kebir, their berats, and the berats as GİB approved them, part by part.

    `unbound`: berats whose ledger has another signature value. The report (DR) is kept, and not asked for.
    """
    parts: dict[tuple[str, bool], set[int]] = {}
    for one in names:
        parts.setdefault((one.type, one.by_gib), set()).add(one.part)
    missing, mixed = [], []
    for ledger, berat in (("Y", "YB"), ("K", "KB")):
        named = {kind: parts.get(kind, set()) for kind in ((ledger, False), (berat, False), (berat, True))}
        known = {part for there in named.values() for part in there}
        if 0 in known and len(known) > 1:
            mixed.append(f"{vkn_tckn}-{month:%Y%m}-{ledger}")
        last = max(known, default=0)
        expected = set(range(1, last + 1)) or {0}
        for (kind, by_gib), there in named.items():
            missing += [
                LedgerName(month, branch, kind, part, vkn_tckn, by_gib).base for part in sorted(expected - there)
            ]
    return MonthState(month, branch, tuple(missing), tuple(mixed), tuple(sorted(unbound)))
