"""The form's words: what a field is called, what mends a finding with one button."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ebelge.core.findings import Finding
from ebelge.ubl.exemptions import NO_EXEMPTION
from ebelge.ubl.kdv_rates import rates_on
from ebelge.web.invoice_form import special_fields

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "number": ("VKN ya da TCKN", "VKN or TCKN"), "name": ("Unvan ya da ad soyad", "Title or name"),
    "district": ("İlçe", "District"), "city": ("İl", "City"), "tax_office": ("Vergi dairesi", "Tax office"),
    "street": ("Cadde, sokak", "Street"), "building_number": ("Bina no", "Building"),
    "postal_zone": ("Posta kodu", "Postal code"), "country": ("Ülke", "Country"), "email": ("E-posta", "E-mail"),
    "phone": ("Telefon", "Telephone"), "quantity": ("Miktar", "Quantity"), "unit": ("Birim", "Unit"),
    "unit_price": ("Birim fiyat", "Unit price"), "kdv_rate": ("KDV oranı", "KDV rate"),
    "gross": ("Brüt ücret", "Gross fee"), "exchange_rate": ("Kur", "Exchange rate"), "lines": ("Satır", "Line"),
    "stopaj_rate": ("Stopaj oranı", "Stopaj rate"), "plate": ("Plaka", "Plate"), "tckn": ("TCKN", "TCKN"),
    "first_name": ("Ad", "First name"), "family_name": ("Soyad", "Family name"), "date": ("Tarih", "Date"),
    "issue_date": ("Düzenleme tarihi", "Issue date"), "payment.iban": ("IBAN", "IBAN"),
    "code": ("Vergi", "Tax"), "rate": ("Vergi oranı", "Tax rate"), "amount": ("Tutar", "Amount"),
    "kdv_withholding.code": ("KDV tevkifatı", "KDV withholding"),
    "profile": ("Senaryo", "Profile"), "type_code": ("Fatura tipi", "Type"), "series": ("Seri", "Series"),
    "receiver_alias": ("Posta kutusu", "Mailbox"), "currency": ("Para birimi", "Currency"), "gtip": ("GTİP", "GTİP"),
    "exemption_code": ("İstisna kodu", "Exemption code"), "exemption_reason": ("İstisna nedeni", "Its reason"),
    "withholding_code": ("Tevkifat", "Withholding"), "withholding_rate": ("Tevkifat %", "Withholding, %"),
    "description": ("Açıklama", "Description"), "seller_code": ("Ürün kodu", "Product code"),
    "percent": ("Yüzde", "Percentage"), "due_date": ("Son ödeme", "Due"), "notes": ("Not", "Note"),
    "means_code": ("Ödeme şekli", "Means of payment"), "buyer_email": ("E-posta", "E-mail"),
    "discounts.percent": ("Belge iskontosu %", "Discount of the whole, %"),
    "lines.discounts.percent": ("İskonto %", "Discount, %"),
    "returned_invoices.number": ("İade edilen fatura no", "Returned invoice"),
    "returned_invoices.date": ("İade edilen faturanın tarihi", "Date of the returned invoice"),
    "despatches.number": ("İrsaliye no", "Despatch number"), "despatches.date": ("İrsaliye tarihi", "Despatch date"),
    "carrier.vkn": ("Taşıyıcının VKN'si", "Carrier's VKN"), "carrier.name": ("Taşıyıcının unvanı", "Carrier's title"),
    "carrier.city": ("Taşıyıcının ili", "Carrier's province"),
    "carrier.district": ("Taşıyıcının ilçesi", "Carrier's district"),
    "foreign_plate": ("Yabancı plaka", "Foreign plate"), "trailer_plates": ("Dorse plakası", "Trailer's plate"),
    "order.number": ("Sipariş no", "Order number"), "order.date": ("Sipariş tarihi", "Order date"),
}  # fmt: skip
# What only says that a field is still empty: while one writes it is no fault.
EMPTY_RULES: Final = frozenset({
    "JSON-MISSING", "JSON-EMPTY", "JSON-FEW", "JSON-PARTY-ID", "JSON-PARTY-NAME", "JSON-PARTY-PERSON", "JSON-RATE",
    "JSON-CARRIER", "JSON-PLATE", "JSON-FARMER", "JSON-TAX-EMPTY", "JSON-PAYMENT-DATE", "JSON-PAYMENT-AGENT",
})  # fmt: skip
# The API speaks of JSON to programs; to people at the form the same is said in these words (message, mend).
_SAID: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "JSON-MISSING": ("Bu alan boş.", "This is empty.", "Doldurun.", "Fill it in."),
    "JSON-EMPTY": ("Bu alan boş.", "This is empty.", "Doldurun.", "Fill it in."),
    "JSON-FEW": ("Henüz satır yok.", "There is no line yet.", "En az bir satır yazın.", "Write a line."),
    "JSON-VALUE": (
        "Bu değer okunamadı ya da sınır dışında.", "This cannot be read, or is out of bounds.",
        "1.234,56 gibi bir sayı yazın.", "Write a number like 1.234,56.",
    ),
    "JSON-FORM": (
        "Beklenen biçimde değil.", "It has not the expected form.", "Yazdığınızı denetleyin.", "Check what you wrote.",
    ),
    "JSON-PARTY-ID": ("VKN ya da TCKN yazılmadı.", "VKN or TCKN is missing.", "Rakamları yazın.", "Write its digits."),
    "JSON-PARTY-NAME": ("Unvan yazılmadı.", "The title is missing.", "Unvanı yazın.", "Write the title."),
    "JSON-PARTY-PERSON": (
        "Ad ve soyad birlikte yazılmalı.", "First and family name are both needed.", "İkisini de yazın.", "Write both.",
    ),
    "JSON-RATE": ("Döviz kuru yazılmadı.", "The exchange rate is missing.", "Kuru yazın.", "Write the rate."),
    "JSON-CARRIER": (
        "Şoför ya da taşıyıcı yazılmadı.", "Driver or carrier is missing.",
        "Şoförün adını, TCKN'sini ya da taşıyıcı firmayı yazın.", "Write the driver's names and TCKN, or a carrier.",
    ),
    "JSON-PLATE": ("Plaka yazılmadı.", "The plate is missing.", "Boşluksuz yazın: 06ABC123.", "Write 06ABC123."),
    "JSON-FARMER": ("Çiftçinin TCKN'si gerekir.", "The farmer's TCKN is needed.", "11 rakam.", "11 digits."),
    "JSON-DISCOUNT": (
        "İskonto hem yüzde hem tutar olamaz.", "A discount is a percentage or an amount.", "Birini silin.", "Drop one.",
    ),
    "JSON-TAX-EMPTY": ("Oran ya da tutar yazılmadı.", "Rate or amount is missing.", "Birini yazın.", "Write one."),
    "JSON-TAX-FORM": (
        "Vergi ya oran ya tutar olmalı.", "A tax is a rate or an amount.", "Yalnız birini yazın.", "Write only one.",
    ),
    "JSON-TAX-STAY": (
        "Konaklama vergisi satıra bir kez, oranla yazılır.", "The accommodation tax is written once, as a rate.",
        "Birini silin.", "Drop one.",
    ),
    "JSON-UNIT": ("Bilinmeyen birim.", "Unknown unit.", "Listeden seçin.", "Choose from the list."),
}  # fmt: skip
# Instead of a mend that names fields of the JSON, which a form's reader has never seen.
_MEND: Final = ("Bu alanı doldurun ya da düzeltin.", "Fill this in, or correct it.")
_MEND_TYPE: Final = ("Fatura tipini ya da senaryoyu değiştirin.", "Change the type or the profile.")
_PARTY: Final = re.compile(r"(buyer|farmer)(?:\.(?:vkn|tckn))?")
_NAMES: Final = re.compile(r"(buyer|farmer)\.(?:first_name|family_name|name)")
_ELSEWHERE: Final[tuple[tuple[str, str], ...]] = (
    (r"lines", "lines[0].name"),
    (r"(.*discounts\[\d+\])", r"\1.percent"),
    (r"(.*\.other_taxes\[\d+\])", r"\1.rate"),
    (r"(.*\.other_taxes)", r"\1[0].code"),
    (r"payment", "payment.iban"),
    (r"order", "order.number"),
    (r"(despatches|returned_invoices)", r"\1[0].number"),
    (r"((?:despatches|returned_invoices)\[\d+\])", r"\1.number"),
    (r"(drivers\[\d+\])", r"\1.tckn"),
    (r"drivers", "drivers[0].tckn"),
    (r"delivery_address", "delivery_address.postal_zone"),
    (r"kdv_withholding", "kdv_withholding.code"),
    (r"trailer_plates(?:\[\d+\])?", "trailer_plates[0]"),
    (r"carrier", "carrier.vkn"),
    (r"paper", "paper.number"),
    (r"internet_sale", "internet_sale.web_address"),
    (r"internet_sale\.carrier", "internet_sale.carrier.vkn"),
    (r"foreign_buyer", "foreign_buyer.city"),
    (r"delivery", "delivery.transport_mode"),
    (r"tax_representative", "tax_representative.vkn"),
    (r"(charging|period)", r"\1.start"),
    (r"investment", "investment.number"),
    (r"(lines\[\d+\])\.package", r"\1.package.count"),
    (r"(lines\[\d+\])\.machine", r"\1.machine.name"),
    (r"(lines\[\d+\])\.identifiers(?:\[\d+\])?", r"\1.identifiers[0].value"),
)


@dataclass(frozen=True, slots=True)
class Mend:
    """A button: its words, and what it writes into which field."""

    words: tuple[str, str]
    field: str
    value: str

    @property
    def told(self) -> str:
        """As the button says it to the server."""
        return f"{self.field}={self.value}"


def paths_of(finding: Finding, body: Mapping[str, Any]) -> list[str]:
    """Where a finding stands: a rule about the sums of KDV points at no line, its cause are the lines without KDV."""
    lines = body.get("lines", [])
    if finding.path != "lines" or NO_EXEMPTION not in finding.mend_tr:
        return [finding.path]
    bare = [
        place
        for place, line in enumerate(lines)
        if isinstance(line, dict) and not line.get("exemption_code") and not str(line.get("kdv_rate", "")).strip("0.")
    ]
    return [f"lines[{place}].exemption_code" for place in bare] or [finding.path]


def field_of(path: str) -> str:
    """The field of the form beside which a finding with this path stands."""
    if found := _PARTY.fullmatch(path):
        return f"{found[1]}.number"
    if found := _NAMES.fullmatch(path):
        return f"{found[1]}.name"
    for pattern, target in _ELSEWHERE:
        if re.fullmatch(pattern, path):
            return re.sub(f"^{pattern}$", target, path)
    return path


def label(field: str, side: int) -> str:
    """What a field is called; its line where it stands in one."""
    whole = special_fields.plain(field)
    name = LABELS.get(whole) or LABELS.get(whole.rpartition(".")[2])
    line = re.match(r"lines\[(\d+)\]", field)
    words = special_fields.label(field, side) or (name[side] if name else field)
    if re.fullmatch(r"lines\[\d+\]\.name", field):
        words = ("Mal ya da hizmet", "Goods or service")[side]
    if line is None:
        return words
    place = int(line[1]) + 1
    return (f"{place}. satır: {words}", f"line {place}: {words}")[side]


def said(finding: Finding, side: int) -> tuple[str, str]:
    """Message and mend of a finding, for somebody who sees a form and no JSON."""
    own = _SAID.get(finding.rule)
    if own is not None:
        return own[side], own[2 + side]
    message, mend = ((finding.message_tr, finding.mend_tr), (finding.message_en, finding.mend_en))[side]
    if finding.for_programs:
        return message, (_MEND_TYPE if finding.rule == "EB-TYPE" else _MEND)[side]
    return message, mend


def mends(finding: Finding, field: str, *, body: Mapping[str, Any], today: date) -> tuple[Mend, ...]:
    """What a click can put right."""
    line, usual = field.rpartition(".")[0], rates_on(_issued(body) or today)[0]
    if field.endswith((".kdv_rate", ".exemption_code", ".exemption_reason")) and NO_EXEMPTION in finding.mend_tr:
        return (
            Mend(("351 yazın (istisna değil)", "Write 351 (no exemption)"), f"{line}.exemption_code", NO_EXEMPTION),
            _kdv(usual, f"{line}.kdv_rate"),
        )
    if finding.rule == "EB-TYPE-EXTRA" and ".other_taxes" not in field:  # a tax is three fields
        whole = re.match(r"(?:lines\[\d+\]\.)?[a-z_]+", field)  # an object goes with all its fields
        return (Mend(("Alanı boşaltın", "Empty the field"), whole[0] if whole else field, ""),)
    fixed: dict[str, Mend] = {
        "EB-TYPE": Mend(("Tipi kendiliğinden belirleyin", "Let the type follow"), "type_code", ""),
        "EB-EMAIL": Mend(("E-postayı silin", "Remove the e-mail"), field, ""),
        "EB-BUYER-REGISTERED": Mend(("Türü GİB listesi belirlesin", "Let GİB's list decide"), "kind", "auto"),
        "EB-BUYER-NOT-REGISTERED": Mend(("Türü GİB listesi belirlesin", "Let GİB's list decide"), "kind", "auto"),
        "EB-KDV-RATE": _kdv(usual, field),
        "JSON-UNIT": Mend(("Adet yapın", "Make it pieces"), field, "C62"),
    }
    if finding.rule in fixed:
        return (fixed[finding.rule],)
    if field == "issue_date":
        return (Mend(("Bugünün tarihini yazın", "Write today's date"), "issue_date", today.isoformat()),)
    if field.endswith(".withholding_rate"):
        return (Mend(("Yürürlükteki oranı yazın", "Use the rate in force"), field, ""),)
    return ()


def _issued(body: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(body.get("issue_date", "")))
    except ValueError:
        return None  # not written, or no date


def _kdv(rate: int, field: str) -> Mend:
    return Mend((f"KDV'yi %{rate} yapın", f"Make KDV {rate} %"), field, str(rate))
