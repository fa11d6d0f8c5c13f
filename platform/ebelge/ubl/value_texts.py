"""What pydantic says about one value, in Turkish and English, with how to mend it."""

from typing import Final

_AMOUNT_TR: Final = 'Tutarları nokta ile, tırnak içinde yazın ("120.50"); tarih YYYY-AA-GG.'
_AMOUNT_EN: Final = 'Write amounts with a point as a string ("120.50"), dates as YYYY-MM-DD.'
_BOUND: Final = ("Değeri düzeltin.", "Correct the value.")
# pydantic's error type -> (rule, message tr, message en, mend tr, mend en); {x} are the error's own figures.
_TEXTS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "missing": (
        "JSON-MISSING",
        "Zorunlu alan eksik.",
        "A mandatory field is missing.",
        "Alanı ekleyin.",
        "Add the field.",
    ),
    "extra_forbidden": (
        "JSON-UNKNOWN",
        "Bilinmeyen alan.",
        "Unknown field.",
        "Alanın adını belgelere göre düzeltin ya da alanı kaldırın.",
        "Correct the name of the field by the documentation, or leave it out.",
    ),
    "string_pattern_mismatch": (
        "JSON-FORM",
        "Değer beklenen biçimde değil: {pattern}",
        "The value has not the expected form: {pattern}",
        "Değeri biçime uydurun; denetim karakterleri kullanılamaz.",
        "Write the value in that form; control characters cannot be used.",
    ),
    "string_too_long": (
        "JSON-LONG",
        "Değer {max_length} karakterden uzun.",
        "The value is longer than {max_length} characters.",
        "Değeri kısaltın.",
        "Shorten the value.",
    ),
    "string_too_short": ("JSON-EMPTY", "Değer boş.", "The value is empty.", "Değeri yazın.", "Write a value."),
    "too_short": ("JSON-FEW", "Liste boş.", "The list is empty.", "En az bir öğe yazın.", "Write one item or more."),
    "too_long": (
        "JSON-MANY",
        "Liste {max_length} öğeden uzun.",
        "The list has more than {max_length} items.",
        "Belgeyi bölün.",
        "Split the document.",
    ),
    "date": (
        "JSON-DATE",
        "Takvimde böyle bir tarih yok.",
        "This is no date of the calendar.",
        "Tarihi YYYY-AA-GG biçiminde yazın: 2026-11-30.",
        "Write the date as YYYY-MM-DD: 2026-11-30.",
    ),
    "time": (
        "JSON-TIME",
        "Saat okunamadı.",
        "This is no time of day.",
        "Saati SS:DD:ss biçiminde yazın: 14:30:00.",
        "Write the time as HH:MM:SS: 14:30:00.",
    ),
    "decimal_max_places": (
        "JSON-DECIMALS",
        "En çok {decimal_places} ondalık hane olabilir.",
        "At most {decimal_places} decimals are allowed.",
        "Değeri yuvarlayın.",
        "Round the value.",
    ),
    "literal_error": (
        "JSON-CHOICE",
        "Değer şunlardan biri olmalı: {expected}",
        "The value must be one of: {expected}",
        "Listeden seçin.",
        "Choose from the list.",
    ),
    "string_type": (
        "JSON-TEXT",
        "Değer metin (string) olmalı.",
        "The value must be a string.",
        'Değeri tırnak içinde yazın: "1920384751".',
        'Write the value in quotes: "1920384751".',
    ),
    "list": ("JSON-LIST", "Burada bir liste olmalı.", "This must be a list.", "[ ] içinde yazın.", "Write it in [ ]."),
    "object": (
        "JSON-OBJECT",
        "Burada bir nesne olmalı.",
        "This must be an object.",
        "{{ }} içinde yazın.",
        "Write it in {{ }}.",
    ),
    "bool": (
        "JSON-BOOL",
        "Değer true ya da false olmalı.",
        "The value must be true or false.",
        "true ya da false yazın, tırnaksız.",
        "Write true or false, without quotes.",
    ),
    "int": (
        "JSON-INT",
        "Değer tam sayı olmalı.",
        "The value must be a whole number.",
        "Ondalıksız bir sayı yazın.",
        "Write a number without decimals.",
    ),
    "decimal": ("JSON-VALUE", "Değer bir sayı değil.", "The value is no number.", _AMOUNT_TR, _AMOUNT_EN),
    "finite_number": ("JSON-VALUE", "Değer bir sayı değil.", "The value is no number.", _AMOUNT_TR, _AMOUNT_EN),
    "uuid": (
        "JSON-UUID",
        "Değer bir UUID değil.",
        "The value is no UUID.",
        "01a205e0-4ad8-76d1-b5e6-74caede1a4b4 biçiminde yazın.",
        "Write it like 01a205e0-4ad8-76d1-b5e6-74caede1a4b4.",
    ),
    "greater_than": ("JSON-VALUE", "Değer {gt} değerinden büyük olmalı.", "The value must be more than {gt}.", *_BOUND),
    "greater_than_equal": ("JSON-VALUE", "Değer en az {ge} olmalı.", "The value must be {ge} or more.", *_BOUND),
    "less_than": ("JSON-VALUE", "Değer {lt} değerinden küçük olmalı.", "The value must be less than {lt}.", *_BOUND),
    "less_than_equal": ("JSON-VALUE", "Değer en çok {le} olabilir.", "The value must be {le} or less.", *_BOUND),
    "decimal_max_digits": (
        "JSON-VALUE",
        "Sayı {max_digits} haneden uzun.",
        "The number has more than {max_digits} digits.",
        *_BOUND,
    ),
    "decimal_whole_digits": (
        "JSON-VALUE",
        "Virgülden önce en çok {whole_digits} hane olabilir.",
        "At most {whole_digits} digits may stand before the point.",
        *_BOUND,
    ),
}
# Where pydantic has several names for one thing.
_FAMILIES: Final = {
    "date": "date",
    "time": "time",
    "bool": "bool",
    "int": "int",
    "decimal": "decimal",
    "uuid": "uuid",
    "list": "list",
    "dict": "object",
    "model": "object",
}


def of_type(name: str, message: str) -> tuple[str, str, str, str, str]:
    """Rule, what is wrong and how to mend it (Turkish, English) of pydantic's error type; `message`: its own words."""
    found = _TEXTS.get(name) or _TEXTS.get(_FAMILIES.get(name.partition("_")[0], ""))
    return found or ("JSON-VALUE", "Değer okunamadı ya da sınır dışında.", message, _AMOUNT_TR, _AMOUNT_EN)
