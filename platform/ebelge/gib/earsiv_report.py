"""The e-Arşiv report (eArsivRaporu): header and lines -> XML ready for the seal, and rules of our own on it.

GİB's schema is not ours to ship: `breaches` holds what its XSD and XSL demand of the parts that we write.
"""

import calendar
import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from lxml import etree

from ebelge.gib.earsiv_nodes import EARSIV, add, element, money
from ebelge.gib.earsiv_sales import UNDATED

VERSION = "1.0"
# The seal bounds a document at 8 MB; a line has about 1.3 KB.
LINES_MAX = 4000
SIGNATURE_HOLDER = f"{EARSIV}baslik"
REPORT_NUMBER = f"{EARSIV}baslik/{EARSIV}raporNo"
OBJECTION_WAYS = ("KEP", "NOTER", "TELGRAF", "TAAHHUTLU_MEKTUP")
TEXT_MAX = 255
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_NUMBERS = {
    "fatura": "faturaNo", "faturaIptal": "faturaNo", "faturaItiraz": "belgeNo",
    "mustahsilMakbuz": "makbuzNo", "mustahsilMakbuzIptal": "makbuzNo",
    "serbestMeslekMakbuz": "makbuzNo", "serbestMeslekMakbuzIptal": "makbuzNo",
    "serbestMeslekMakbuzItiraz": "belgeNo",
}  # fmt: skip
CANCEL_LINES = {"earsiv": "faturaIptal", "emm": "mustahsilMakbuzIptal", "esmm": "serbestMeslekMakbuzIptal"}
# The report knows no objection to a producer receipt (gib/FACTS 4.1).
OBJECTION_LINES = {"earsiv": "faturaItiraz", "esmm": "serbestMeslekMakbuzItiraz"}
_FORMS = {
    "faturaNo": r"[A-Za-z0-9]{3}20[0-9]{11}", "makbuzNo": r"[A-Za-z0-9]{3}20[0-9]{11}",
    "belgeNo": r"[A-Za-z0-9]{3}20[0-9]{11}", "faturaUUID": r"[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}",
    "ozetDeger": r"[0-9a-f]{64}", "vkn": r"[0-9]{10}", "tckn": r"[0-9]{11}", "tevkifatKodu": r"[0-9]{3}",
    "duzenlenmeZamani": r"([01][0-9]|2[0-3])(:[0-5][0-9]){2}", "gonderimSekli": r"KAGIT|ELEKTRONIK",
    "toplamTutar": r"-?[0-9]{1,16}(\.[0-9]{1,2})?", "odenecekTutar": r"-?[0-9]{1,16}(\.[0-9]{1,2})?",
    "unvan": r"(?s).{2,}", "adiSoyadi": r"(?s).{2,}", "webAdresi": r"(?s).{2,}", "paraBirimi": r"[A-Z]{3}",
    "vergiKodu": r"[0-9]{4}|SGK_PRIM", "faturaUrl": r".{0,255}", "mustahsilMakbuzUrl": r".{0,255}",
    "serbestMeslekMakbuzUrl": r".{0,255}", "aciklama": r"(?s).{0,255}", "imzaZamani": r"[0-9T:-]{19}",
}  # fmt: skip


class ReportInvalid(ValueError):
    """The report breaks a rule; nothing was signed or sent."""


@dataclass(frozen=True, slots=True)
class Header:
    """Whose report it is, who prepares it, and its place: calendar month, part (bölüm) and the part's day."""

    taxpayer: str
    preparer: str
    report_id: UUID
    day: date
    part: int

    @property
    def period(self) -> tuple[date, date]:
        """First and last day of the calendar month."""
        last = calendar.monthrange(self.day.year, self.day.month)[1]
        return self.day.replace(day=1), self.day.replace(day=last)


def build(header: Header, lines: Sequence[etree._Element]) -> bytes:
    """The unsigned report, UTF-8. The lines become its children.

    :raises ReportInvalid: no lines, too many, or one that breaks a rule.
    """
    root = element("eArsivRaporu")
    head = add(root, "baslik")
    add(head, "versiyon", VERSION)
    for role, number in (("mukellef", header.taxpayer), ("hazirlayan", header.preparer)):
        add(add(head, role), "tckn" if len(number) == 11 else "vkn", number)
    add(head, "raporNo", str(header.report_id))
    first, last = header.period
    add(head, "donemBaslangicTarihi", first.isoformat())
    add(head, "donemBitisTarihi", last.isoformat())
    add(head, "bolumBaslangicTarihi", header.day.isoformat())
    add(head, "bolumBitisTarihi", header.day.isoformat())
    add(head, "bolumNo", str(header.part))
    root.extend(lines)
    found = breaches(root)
    if found:
        raise ReportInvalid("; ".join(found[:10]))
    body: bytes = etree.tostring(root, encoding="UTF-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def cancel_line(kind: str, *, number: str, on: date, total: Decimal) -> etree._Element:
    """A cancellation (iptal): the day of it, and the document's toplamTutar."""
    name = CANCEL_LINES[kind]
    line = element(name)
    add(line, _NUMBERS[name], number)
    add(line, "iptalTarihi", on.isoformat())
    add(line, "toplamTutar", money(total))
    return line


def objection_line(
    kind: str, *, number: str, paper_date: date, paper_number: str, way: str, text: str
) -> etree._Element:
    """An objection (itiraz) that was made by KEP, notary, telegram or registered letter."""
    line = element(OBJECTION_LINES[kind])
    add(line, "belgeNo", number)
    add(line, "itirazBelgeTarihi", paper_date.isoformat())
    add(line, "itirazBelgeNo", paper_number)
    add(line, "itirazYontemi", way)
    add(line, "aciklama", text[:TEXT_MAX])
    return line


def breaches(root: etree._Element) -> list[str]:
    """What is wrong with a report, in English for the operator's log; empty: nothing."""
    lines = [child for child in root.iterchildren(etree.Element) if child.tag != SIGNATURE_HOLDER]
    found = []
    if not lines:
        found.append("a report needs a line")
    if len(lines) > LINES_MAX:
        found.append(f"more than {LINES_MAX} lines")
    seen: Counter[tuple[str, str]] = Counter()
    for line in lines:
        name = etree.QName(line).localname
        if name not in _NUMBERS:
            found.append(f"unknown line {name}")
            continue
        number = line.findtext(f"{EARSIV}{_NUMBERS[name]}") or ""
        seen[(name, number)] += 1
        found += [f"{name} {number}: {text}" for text in _line_breaches(line)]
    found += [f"{name} {number} stands {count} times" for (name, number), count in seen.items() if count > 1]
    return found


def _line_breaches(line: etree._Element) -> list[str]:
    found = []
    for part in line.iter(etree.Element):
        name, text = etree.QName(part).localname, part.text or ""
        form = _FORMS.get(name)
        if form is not None and not len(part) and not re.fullmatch(form, text, re.ASCII):
            found.append(f"{name} is {text[:40]!r}")
    kind = line.findtext(f"{EARSIV}faturaTip") or ""
    if kind in ("YTBSATIS", "YTBISTISNA", "YTBIADE") and line.find(f"{EARSIV}ytbBilgileri") is None:
        found.append("ytbBilgileri is missing")
    sale = line.find(f"{EARSIV}internetSatisBilgi")
    if sale is not None:
        way = sale.findtext(f"{EARSIV}odemeSekli") or ""
        if not way.startswith(UNDATED) and sale.find(f"{EARSIV}odemeTarihi") is None:
            found.append("odemeTarihi is missing")
    objection = line.findtext(f"{EARSIV}itirazYontemi")
    if objection is not None and objection not in OBJECTION_WAYS:
        found.append(f"itirazYontemi is {objection!r}")
    return found


def pack(report: bytes, *, report_id: UUID) -> bytes:
    """`<raporNo>.zip` with `<raporNo>.xml` in it; the same report gives the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{report_id}.xml", _ZIP_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, report)
    return held.getvalue()


def sha256_hex(data: bytes) -> str:
    """ozetDeger: SHA-256 of a signed file, 64 small hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
