"""Rules of ours for the e-Müstahsil Makbuzu: GİB publishes a schema for CreditNote but no schematron (FACTS 5)."""

import re
from collections.abc import Callable, Iterator

from lxml import etree

from ebelge.core.findings import Finding
from ebelge.ubl import codes, producer_sums
from ebelge.ubl.names import CREDIT_NOTE, tag
from ebelge.ubl.own_rules import finding
from ebelge.ubl.producer_sums import text


def producer_findings(root: etree._Element) -> list[Finding]:
    """What breaks the rules of the producer receipt; empty for another root element."""
    if root.tag != f"{{{CREDIT_NOTE}}}CreditNote":
        return []
    rules: tuple[Callable[[etree._Element], Iterator[Finding]], ...] = (
        _header,
        _parties,
        producer_sums.lines,
        producer_sums.deductions,
        producer_sums.totals,
        producer_sums.amounts,
    )
    return [found for rule in rules for found in rule(root)]


def _header(root: etree._Element) -> Iterator[Finding]:
    wanted = {
        "cbc:UBLVersionID": ("EMM-VERSION", "2.1"),
        "cbc:CustomizationID": ("EMM-CUSTOMIZATION", "TR1.2.1"),
        "cbc:ProfileID": ("EMM-PROFILE", "EARSIVBELGE"),
        "cbc:CreditNoteTypeCode": ("EMM-TYPE", "MUSTAHSILMAKBUZ"),
        "cbc:CopyIndicator": ("EMM-COPY", "false"),
    }
    for name, (rule, value) in wanted.items():
        element = root.find(tag(name))
        if text(element) != value:
            yield finding(
                root if element is None else element,
                rule,
                f"{name} {value} olmalı.",
                f"{name} must be {value}.",
                f"{name} alanına {value} yazın.",
                f"Write {value} into {name}.",
            )
    number = root.find(tag("cbc:ID"))
    if not re.fullmatch(r"[A-Z0-9]{3}20[0-9]{2}[0-9]{9}", text(number)):
        yield finding(
            root if number is None else number,
            "EMM-NUMBER",
            "Belge numarası ABC2026000000001 kalıbında değil.",
            "The document number is not of the form ABC2026000000001.",
            "Üç harf ya da rakam, yıl ve dokuz hane yazın.",
            "Write three letters or digits, the year and nine digits.",
        )
    if not text(root.find(tag("cbc:IssueTime"))):
        yield finding(
            root,
            "EMM-TIME",
            "Düzenleme saati (cbc:IssueTime) eksik.",
            "The time of issue (cbc:IssueTime) is missing.",
            "cbc:IssueDate'ten sonra <cbc:IssueTime>14:30:00</cbc:IssueTime> ekleyin.",
            "Add <cbc:IssueTime>14:30:00</cbc:IssueTime> after cbc:IssueDate.",
        )
    currency = root.find(tag("cbc:DocumentCurrencyCode"))
    if text(currency) not in codes.values("CurrencyCodeList"):
        yield finding(
            root if currency is None else currency,
            "EMM-CURRENCY",
            "Para birimi yok ya da GİB listesinde değil.",
            "The currency is missing or not in GİB's list.",
            "cbc:DocumentCurrencyCode alanına TRY yazın.",
            "Write TRY into cbc:DocumentCurrencyCode.",
            warning=currency is None,
        )


def _parties(root: etree._Element) -> Iterator[Finding]:
    supplier = root.find(f"{tag('cac:AccountingSupplierParty')}/{tag('cac:Party')}")
    farmer = root.find(f"{tag('cac:AccountingCustomerParty')}/{tag('cac:Party')}")
    if supplier is not None:
        ids = _ids(supplier)
        if [scheme for scheme, _ in ids] not in (["VKN"], ["TCKN"]) or len(ids[0][1]) not in (10, 11):
            yield finding(
                supplier,
                "EMM-SUPPLIER-ID",
                "Makbuzu düzenleyenin VKN ya da TCKN'si eksik veya hatalı.",
                "The issuer's VKN or TCKN is missing or wrong.",
                "cac:PartyIdentification içine tek bir VKN (10 hane) ya da TCKN (11 hane) yazın.",
                "Write one VKN (10 digits) or TCKN (11 digits) into cac:PartyIdentification.",
            )
    if farmer is not None:
        ids = _ids(farmer)
        if [scheme for scheme, _ in ids] != ["TCKN"] or not re.fullmatch(r"[0-9]{11}", ids[0][1]):
            yield finding(
                farmer,
                "EMM-FARMER-ID",
                "Müstahsilin TCKN'si eksik veya hatalı.",
                "The farmer's TCKN is missing or wrong.",
                'cac:PartyIdentification içine schemeID="TCKN" ile 11 haneyi yazın.',
                'Write the 11 digits with schemeID="TCKN" into cac:PartyIdentification.',
            )
        person = farmer.find(tag("cac:Person"))
        parts = [] if person is None else [person.find(tag(f"cbc:{n}")) for n in ("FirstName", "FamilyName")]
        if not parts or not all(text(part) for part in parts):
            yield finding(
                farmer,
                "EMM-FARMER-NAME",
                "Müstahsilin adı ya da soyadı eksik.",
                "The farmer's first or family name is missing.",
                "cac:Person içine cbc:FirstName ve cbc:FamilyName yazın.",
                "Write cbc:FirstName and cbc:FamilyName into cac:Person.",
            )


def _ids(party: etree._Element) -> list[tuple[str, str]]:
    found = party.iterfind(f"{tag('cac:PartyIdentification')}/{tag('cbc:ID')}")
    return [(e.get("schemeID", ""), text(e)) for e in found if e.get("schemeID") in ("VKN", "TCKN")] or [("", "")]
