"""Tevkifat codes: short names for the printed invoice and the percentage in force, by date.

Which code goes with which percentage is enforced by GİB's list (`codes.withholding_percents`); where it allows
several, the one in force is here. Source: UBL-TR Kod Listeleri V1.40 (December 2025), VAT withholding table.
"""

from typing import Final

from ebelge.ubl import codes

# As of December 2025 (list V1.40); the older percentages of these codes stay valid in GİB's list.
IN_FORCE: Final[dict[str, int]] = {"601": 40, "603": 70, "609": 70, "612": 90, "613": 90, "615": 70, "627": 50}

NAMES: Final[dict[str, str]] = {
    "601": "Yapım işleri, mühendislik, mimarlık, etüt-proje",
    "602": "Etüt, plan-proje, danışmanlık, denetim",
    "603": "Makine, teçhizat, demirbaş, taşıt bakım ve onarımı",
    "604": "Yemek servisi",
    "605": "Organizasyon",
    "606": "İşgücü temini",
    "607": "Özel güvenlik",
    "608": "Yapı denetimi",
    "609": "Fason tekstil, konfeksiyon, çanta, ayakkabı",
    "610": "Turistik mağazalara müşteri getirme",
    "611": "Spor kulüplerinin yayın, reklam, isim hakkı",
    "612": "Temizlik",
    "613": "Çevre ve bahçe bakımı",
    "614": "Servis taşımacılığı",
    "615": "Baskı ve basım",
    "616": "Diğer hizmetler",
    "617": "Hurdadan külçe",
    "618": "Hurda dışı bakır, çinko, demir, çelik, alüminyum, kurşun külçe",
    "619": "Bakır, çinko, alüminyum ürünleri",
    "620": "Hurda ve atık (istisnadan vazgeçen)",
    "621": "Hurda ve atıktan hammadde",
    "622": "Pamuk, tiftik, yün, ham post, deri",
    "623": "Ağaç ve orman ürünleri",
    "624": "Yük taşımacılığı",
    "625": "Ticari reklam",
    "626": "Diğer teslimler",
    "627": "Demir-çelik ürünleri",
}


def current_percent(code: str) -> int:
    """The percentage of KDV withheld for `code` today; 0 for an unknown code, which the rules then refuse."""
    percents = codes.withholding_percents(code)
    if not percents:
        return 0
    return IN_FORCE.get(code, percents[-1])


def name(code: str) -> str:
    """A short Turkish name: the 8xx codes are full withholding of the 6xx codes' services."""
    if code in NAMES:
        return NAMES[code]
    return "KDV tam tevkifat" if code.startswith("8") else "KDV tevkifat"
