"""Short Turkish reasons of the exemption codes that invoices use most; the client may always write his own.

Source: UBL-TR Kod Listeleri V1.40 (December 2025). Validity is decided by GİB's list, not here.
"""

from typing import Final

NO_EXEMPTION: Final = "351"

REASONS: Final[dict[str, str]] = {
    "201": "17/1 Kültür ve eğitim amacı taşıyan işlemler",
    "202": "17/2-a Sağlık, çevre ve sosyal yardım amaçlı işlemler",
    "209": "17/4-e Banka ve sigorta muameleleri vergisi kapsamına giren işlemler",
    "212": "17/4-ı Serbest bölgelerde verilen hizmetler",
    "223": "Geçici 20/1 Teknoloji geliştirme bölgelerinde yapılan işlemler",
    "301": "11/1-a Mal ihracatı",
    "302": "11/1-a Hizmet ihracatı",
    "303": "11/1-a Roaming hizmetleri",
    "351": "İstisna olmayan diğer",
}


def reason(code: str) -> str:
    """The reason to print for `code`: from the table, else the code itself; empty without a code."""
    return REASONS.get(code, f"KDV istisnası ({code})") if code else ""
