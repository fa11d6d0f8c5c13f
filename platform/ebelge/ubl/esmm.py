"""e-SMM in GİB's own form: draft -> eArsivVeri / serbestMeslekMakbuz, and its facts read again.

Sources disagree about the form of an e-SMM (ADR 0113): this is the one of GİB's e-Arşiv guide and its schema
eArsivVeri.xsd; `esmm_ubl` builds the form that integrators take. The schema has no place for the signature: it stands
where the e-Arşiv report has it, last in baslik.
"""

import json
from datetime import date, time
from decimal import Decimal
from typing import Final
from uuid import UUID

from lxml import etree

from ebelge.core.money import decimal_text
from ebelge.ubl import codes
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft
from ebelge.ubl.esmm_sums import ReceiptSums, receipt_sums
from ebelge.ubl.nodes import plain
from ebelge.ubl.parse import ParsedDocument
from ebelge.ubl.reading import read_tree
from ebelge.ubl.types import DocumentKind, Party, Signatory, id_scheme

EARSIV: Final = "http://earsiv.efatura.gov.tr"
ROOT: Final = f"{{{EARSIV}}}eArsivVeri"
TYPE_CODE, PROFILE, STOPAJ = "SERBESTMESLEKMAKBUZ", "EARSIVBELGE", "0003"
_BODY = "serbestMeslekMakbuz"
EMPTY = "-"  # the schema wants every part of an address; GİB's sample fills what is not there with this


def is_own_form(xml: bytes) -> bool:
    """Is this an e-SMM in GİB's own form? (Of bytes that we built.)"""
    return b"eArsivVeri" in xml[:400]


def receipt(
    draft: ProfessionalReceiptDraft, *, supplier: Party, number: str, ettn: UUID, issue_date: date, issue_time: time,
    signatory: Signatory,
) -> bytes:  # fmt: skip
    """The unsigned receipt, UTF-8."""
    sums = receipt_sums(draft)
    root = etree.fromstring(f'<eArsivVeri xmlns="{EARSIV}"/>')
    head = _add(root, "baslik")
    for role, who in (("mukellef", supplier.vkn_tckn), ("hazirlayan", signatory.vkn_tckn)):
        _add(_add(head, role), id_scheme(who).lower(), who)
    body = _add(root, _BODY)
    _add(body, "makbuzNo", number)
    _add(body, "ETTN", str(ettn))
    _add(body, "gonderimSekli", draft.sending or ("ELEKTRONIK" if draft.buyer.email else "KAGIT"))
    _add(body, "dosyaAdi", f"{ettn}.xml")
    _add(body, "belgeTarihi", issue_date.isoformat())
    _add(body, "belgeZamani", issue_time.strftime("%H:%M:%S"))
    _add(body, "toplamTutar", decimal_text(sums.gross_kurus))
    _add(body, "odenecekTutar", decimal_text(sums.payable_kurus))
    _add(body, "paraBirimi", draft.currency)
    if draft.currency != "TRY":
        _add(body, "kur", plain(draft.exchange_rate or Decimal(1)))
    _taxes(body, draft, sums)
    _buyer(_add(body, "aliciBilgileri"), draft.buyer.party())
    services = _add(body, "malHizmetBilgisi")
    for line, kdv in zip(draft.lines, sums.line_kdv, strict=True):
        service = _add(services, "malHizmet")
        _add(service, "ad", line.name)
        own = _add(service, "vergiBilgisi")
        _add(own, "vergilerToplami", decimal_text(kdv))
        gross = f"{line.gross:.2f}"
        _tax(own, gross, codes.KDV, decimal_text(kdv), line.kdv_rate)
        _add(service, "burutUcret", gross)
    etree.indent(root, "\t")
    written: bytes = etree.tostring(root, encoding="UTF-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"


def read_receipt(xml: bytes) -> ParsedDocument:
    """The facts of a receipt that `receipt` built. :raises UnreadableDocument: it is none."""
    root = read_tree(xml, roots=(ROOT,))

    def said(name: str) -> str:
        return (root.findtext(f"{{{EARSIV}}}{_BODY}/{{{EARSIV}}}{name}") or "").strip()

    amounts = {name: Decimal(said(name)) for name in ("toplamTutar", "odenecekTutar")}
    return ParsedDocument(
        root="eArsivVeri",
        kinds=(DocumentKind.ESMM,),
        profile_id=PROFILE,
        type_code=TYPE_CODE,
        ettn=UUID(said("ETTN")),
        number=said("makbuzNo"),
        issue_date=date.fromisoformat(said("belgeTarihi")),
        issue_time=time.fromisoformat(said("belgeZamani")),
        currency=said("paraBirimi"),
        supplier=Party(_issuer(root)),
        customer=_customer(root),
        line_extension=amounts["toplamTutar"],
        tax_total=Decimal(said(f"vergiBilgisi/{{{EARSIV}}}vergilerToplami")),
        payable=amounts["odenecekTutar"],
        line_count=sum(1 for _ in root.iter(f"{{{EARSIV}}}malHizmet")),
        signed=False,
        tree=root,
    )


def karekod(root: etree._Element) -> str:
    """What the QR code of a receipt says (gib/FACTS 4.7)."""
    body = root.find(f"{{{EARSIV}}}{_BODY}")
    assert body is not None

    def said(name: str) -> str:
        return (body.findtext(f"{{{EARSIV}}}{name}") or "").strip()

    whole = body.find(f"{{{EARSIV}}}vergiBilgisi")
    taxes: dict[str, Decimal] = {}
    for tax in whole.iterfind(f"{{{EARSIV}}}vergi") if whole is not None else ():
        code = tax.findtext(f"{{{EARSIV}}}vergiKodu") or ""
        taxes[code] = taxes.get(code, Decimal(0)) + Decimal(tax.findtext(f"{{{EARSIV}}}vergiTutari") or "0")
    held = sum((Decimal(one.text or "0") for one in body.iter(f"{{{EARSIV}}}tevkifatTutari")), Decimal(0))
    kdv, stopaj, gross = taxes.get(codes.KDV, Decimal(0)), taxes.get(STOPAJ, Decimal(0)), Decimal(said("toplamTutar"))
    figures = {
        "brutucret": gross, "tahsilkdv": kdv - held, "kdvtevkifat": held, "gvstopaj": stopaj, "kdvtutari": kdv,
        "netucret": gross - stopaj, "tahsilat": Decimal(said("odenecekTutar")),
    }  # fmt: skip
    facts = {
        "vkntckn": _issuer(root), "avkntckn": _customer(root).vkn_tckn,
        "tarih": said("belgeTarihi"), "no": said("makbuzNo"), "ettn": said("ETTN"), "parabirimi": said("paraBirimi"),
    }  # fmt: skip
    return json.dumps(
        facts | {name: f"{value:.2f}" for name, value in figures.items()}, ensure_ascii=False, separators=(",", ":")
    )


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{EARSIV}}}{name}")
    child.text = text
    return child


def _tax(parent: etree._Element, base: str, code: str, amount: str, rate: Decimal) -> None:
    tax = _add(parent, "vergi")
    for name, value in (("matrah", base), ("vergiKodu", code), ("vergiTutari", amount), ("vergiOrani", plain(rate))):
        _add(tax, name, value)


def _taxes(body: etree._Element, draft: ProfessionalReceiptDraft, sums: ReceiptSums) -> None:
    """vergilerToplami sums the taxes that are named, KDV and stopaj, as GİB's form does."""
    holder = _add(body, "vergiBilgisi")
    _add(holder, "vergilerToplami", decimal_text(sums.kdv_kurus + sums.stopaj_kurus))
    for rate, base, tax in sums.kdv_groups:
        _tax(holder, decimal_text(base), codes.KDV, decimal_text(tax), rate)
    _tax(holder, decimal_text(sums.gross_kurus), STOPAJ, decimal_text(sums.stopaj_kurus), draft.stopaj_rate)
    if draft.kdv_withholding is not None:
        held = _add(holder, "tevkifat")
        _add(held, "tevkifatKodu", draft.kdv_withholding.code)
        _add(held, "tevkifatTutari", decimal_text(sums.withheld_kurus))
        _add(held, "tevkifatOrani", plain(draft.kdv_withholding.percent))


def _buyer(holder: etree._Element, buyer: Party) -> None:
    if buyer.scheme == "VKN":
        firm = _add(holder, "tuzelKisi")
        _add(firm, "vkn", buyer.vkn_tckn)
        _add(firm, "unvan", buyer.name)
    else:
        person = _add(holder, "gercekKisi")
        _add(person, "tckn", buyer.vkn_tckn)
        _add(person, "adiSoyadi", f"{buyer.first_name} {buyer.family_name}")
    place = _add(holder, "adres")
    parts = (
        ("caddeSokak", buyer.street), ("binaAd", ""), ("binaNo", buyer.building_number), ("kapiNo", ""),
        ("kasabaKoy", ""), ("semt", buyer.district), ("sehir", buyer.city), ("postaKod", buyer.postal_zone),
        ("ulke", "TR" if buyer.country == "Türkiye" else buyer.country), ("vDaire", buyer.tax_office),
    )  # fmt: skip
    for name, value in parts:
        _add(place, name, value or EMPTY)


def _customer(root: etree._Element) -> Party:
    holder = root.find(f"{{{EARSIV}}}{_BODY}/{{{EARSIV}}}aliciBilgileri")
    assert holder is not None
    firm = holder.find(f"{{{EARSIV}}}tuzelKisi")
    if firm is not None:
        return Party(*((firm.findtext(f"{{{EARSIV}}}{name}") or "") for name in ("vkn", "unvan")))
    person = f"{{{EARSIV}}}gercekKisi/{{{EARSIV}}}"
    return Party(holder.findtext(f"{person}tckn") or "", holder.findtext(f"{person}adiSoyadi") or "")


def _issuer(root: etree._Element) -> str:
    """VKN or TCKN of the professional."""
    path = f"{{{EARSIV}}}baslik/{{{EARSIV}}}mukellef/{{{EARSIV}}}"
    return (root.findtext(f"{path}vkn") or root.findtext(f"{path}tckn") or "").strip()
