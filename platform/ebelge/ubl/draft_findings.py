"""What pydantic says about a draft, as findings: JSON path, Turkish and English, how to mend."""

from pydantic import ValidationError

from ebelge.core.findings import Finding
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.value_texts import of_type

_TAX_CODES = ", ".join(OTHER_TAXES)
# Our own validators speak by ValueError; its text is the key.
_OWN: dict[str, tuple[str, str, str, str, str]] = {
    "unknown unit": (
        "JSON-UNIT",
        "Bilinmeyen ölçü birimi.",
        "Unknown unit of measure.",
        "UN/ECE kodu ya da bilinen bir ad yazın: C62 (adet), KGM (kg), LTR (lt), HUR (saat).",
        "Write a UN/ECE code or a known name: C62 (adet), KGM (kg), LTR (lt), HUR (saat).",
    ),
    "exactly one of vkn and tckn": (
        "JSON-PARTY-ID",
        "Tarafın VKN ya da TCKN'sinden tam biri yazılmalı.",
        "Exactly one of vkn and tckn must be given for the party.",
        "Şirket için vkn (10 hane), kişi için tckn (11 hane) yazın.",
        "Write vkn (10 digits) for a firm or tckn (11 digits) for a person.",
    ),
    "a party with vkn needs name": (
        "JSON-PARTY-NAME",
        "VKN'li tarafın unvanı (name) eksik.",
        "The party with a VKN has no name.",
        "name alanına unvanı yazın.",
        "Write the firm's name in `name`.",
    ),
    "a party with tckn needs first_name and family_name": (
        "JSON-PARTY-PERSON",
        "TCKN'li tarafın adı ve soyadı eksik.",
        "The party with a TCKN has no first and family name.",
        "first_name ve family_name alanlarını yazın.",
        "Write first_name and family_name.",
    ),
    "exactly one of percent and amount": (
        "JSON-DISCOUNT",
        "İndirim ya yüzde ya tutar olmalı.",
        "A discount is either a percentage or an amount.",
        "percent ve amount alanlarından yalnız birini yazın.",
        "Write only one of percent and amount.",
    ),
    'write the amount as a string, like "120.50"': (
        "JSON-FLOAT",
        "Tutar ondalıklı sayı olarak yazılmış; böyle kuruş kaybolur.",
        "The amount is written as a floating-point number, which loses kuruş.",
        'Tutarı nokta ile, tırnak içinde yazın: "120.50".',
        'Write the amount as a string, with a point: "120.50".',
    ),
    "unknown tax code": (
        "JSON-TAX-CODE",
        "Bu vergi kodu satıra yazılamaz.",
        "A line cannot carry a tax of this code.",
        f"Şunlardan birini yazın: {_TAX_CODES}. KDV kdv_rate, tevkifat withholding_code alanındadır.",
        f"Write one of these: {_TAX_CODES}. KDV is kdv_rate, tevkifat withholding_code.",
    ),
    "neither rate nor amount": (
        "JSON-TAX-EMPTY",
        "Verginin oranı ya da tutarı yazılmamış.",
        "Neither rate nor amount of the tax is given.",
        "rate (yüzde) ya da amount (tutar) yazın.",
        "Write rate (percent) or amount (money).",
    ),
    "both rate and amount": (
        "JSON-TAX-FORM",
        "Vergi ya oran ya tutar olmalı.",
        "A tax is either a rate or an amount.",
        "rate ve amount alanlarından yalnız birini yazın.",
        "Write only one of rate and amount.",
    ),
    "no rate of this tax": (
        "JSON-TAX-RATE",
        "Bu verginin oranı bu kadar yüksek olamaz.",
        "No rate of this tax is as high.",
        "Oranı yüzde olarak yazın; birim başına vergi amount alanına tutar olarak yazılır.",
        "Write the rate in percent; a tax per unit is written in amount, as money.",
    ),
    "the same tax twice": (
        "JSON-TAX-TWICE",
        "Satırda aynı vergi iki kez var.",
        "The line carries the same tax twice.",
        "Birini silin; bir vergi bir kez oranla, bir kez de tutarla yazılabilir.",
        "Leave one out; a tax may stand once as a rate and once as an amount.",
    ),
    "the accommodation tax once, as a rate": (
        "JSON-TAX-STAY",
        "Konaklama vergisi bir kez ve oran olarak yazılır.",
        "The accommodation tax is written once, as a rate.",
        "Yalnız birini yazın: accommodation_tax_rate ya da 0059 kodlu vergi (rate).",
        "Write only one of them: accommodation_tax_rate, or the tax 0059 with its rate.",
    ),
    "a currency other than TRY needs exchange_rate": (
        "JSON-RATE",
        "Döviz faturasında kur eksik.",
        "The exchange rate of a foreign currency is missing.",
        "exchange_rate alanına TL karşılığını yazın.",
        "Write the price of one unit in TRY in exchange_rate.",
    ),
    "payment_date is needed for this payment_way": (
        "JSON-PAYMENT-DATE",
        "Ödeme tarihi yazılmadı.",
        "The day of payment is missing.",
        "payment_date alanına ödemenin yapıldığı günü yazın.",
        "Write the day of payment in payment_date.",
    ),
    "payment_agent is needed for ODEMEARACISI": (
        "JSON-PAYMENT-AGENT",
        "Ödeme aracısının adı yazılmadı.",
        "The payment institution is not named.",
        "payment_agent alanına ödeme aracısının adını yazın.",
        "Write its name in payment_agent.",
    ),
    "a driver or a carrier is needed": (
        "JSON-CARRIER",
        "Şoför ya da taşıyıcı belirtilmemiş.",
        "Neither a driver nor a carrier is named.",
        "drivers ve plate ya da carrier alanını yazın.",
        "Write drivers with plate, or carrier.",
    ),
    "a driver needs a plate": (
        "JSON-PLATE",
        "Şoför var, plaka yok.",
        "A driver is named but no plate.",
        "plate alanına plakayı boşluksuz yazın (06ABC123).",
        "Write the plate without spaces in `plate` (06ABC123).",
    ),
    "either plate or foreign_plate": (
        "JSON-PLATE",
        "Hem yerli hem yabancı plaka yazılmış.",
        "Both a Turkish and a foreign plate are given.",
        "plate ve foreign_plate alanlarından yalnız birini yazın.",
        "Write only one of plate and foreign_plate.",
    ),
    "write the time as on the clock in Turkey, without a zone": (
        "JSON-TIME",
        "Saat dilimi yazılmış.",
        "The time carries a zone.",
        "Türkiye saatini dilim olmadan yazın: 2026-11-30T14:30:00.",
        "Write the time of Turkey without a zone: 2026-11-30T14:30:00.",
    ),
    "the farmer is named by tckn": (
        "JSON-FARMER",
        "Müstahsil TCKN ile belirtilmeli.",
        "The farmer must be named by TCKN.",
        "farmer.tckn alanını yazın.",
        "Write farmer.tckn.",
    ),
}


# What the document, or an object in it, lacks as a whole stands where it would be written in it.
_PLACES = {
    "JSON-RATE": ("exchange_rate",),
    "JSON-CARRIER": ("drivers",),
    "JSON-PLATE": ("plate",),
    "JSON-PAYMENT-DATE": ("payment_date",),
    "JSON-PAYMENT-AGENT": ("payment_agent",),
}


def findings(error: ValidationError) -> list[Finding]:
    """One finding per error, in the order of the fields; `path` is the JSON path, like `lines[2].unit`."""
    return [finding(dict(entry)) for entry in error.errors(include_url=False, include_input=False)]


def unknown_kind() -> Finding:
    """The body is not an object, or its `kind` is none of ours."""
    kinds = "auto, efatura, earsiv, eirsaliye, emm, esmm"
    return Finding(
        rule="JSON-KIND",
        message_tr="Belge türü (kind) bilinmiyor.",
        message_en="The kind of the document is unknown.",
        mend_tr=f"kind alanına şunlardan birini yazın: {kinds}.",
        mend_en=f"Write one of these in `kind`: {kinds}.",
        path="kind",
    )


def finding(entry: dict[str, object]) -> Finding:
    """One of pydantic's errors as a finding."""
    context = entry.get("ctx")
    figures = dict(context) if isinstance(context, dict) else {}
    if "expected" in figures:  # "'a', 'b' or 'c'"
        figures["expected"] = str(figures["expected"]).replace(" or ", ", ")
    message = str(entry["msg"])
    own = _OWN.get(message.removeprefix("Value error, "))
    texts = own or of_type(str(entry["type"]), message.removeprefix("Value error, "))
    rule, *words = texts
    try:
        message_tr, message_en, mend_tr, mend_en = (word.format(**figures) for word in words)
    except (KeyError, IndexError, ValueError):
        message_tr, message_en, mend_tr, mend_en = words
    location = entry["loc"]
    path = json_path((*(location if isinstance(location, tuple) else ()), *_PLACES.get(rule, ())))
    return Finding(rule, message_tr, message_en, mend_tr, mend_en, path=path)


def json_path(location: tuple[object, ...]) -> str:
    """`("lines", 2, "unit")` -> `lines[2].unit`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
