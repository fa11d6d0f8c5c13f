"""What the forms offer to choose from, and the states of a lead with the moves between them."""

from collections.abc import Mapping, Sequence
from typing import Final

# code -> (Turkish, English). What the visitor uses today; "other" takes his own words. Names of the trade stay as they
# are; the list says nothing about anybody's product.
PRODUCTS: Final[Mapping[str, tuple[str, str]]] = {
    "none": ("Henüz e-belge kullanmıyorum", "No e-documents yet"),
    "gib-portal": ("GİB Portal", "GİB's portal"),
    "own-integration": ("Kendi entegrasyonumuz (doğrudan entegrasyon)", "Our own integration with GİB"),
    "logo": ("Logo", "Logo"),
    "mikro": ("Mikro", "Mikro"),
    "netsis": ("Netsis", "Netsis"),
    "eta": ("ETA", "ETA"),
    "zirve": ("Zirve", "Zirve"),
    "luca": ("Luca", "Luca"),
    "orka": ("Orka", "Orka"),
    "dia": ("DİA", "DİA"),
    "nebim": ("Nebim", "Nebim"),
    "sap": ("SAP", "SAP"),
    "parasut": ("Paraşüt", "Paraşüt"),
    "bizimhesap": ("BizimHesap", "BizimHesap"),
    "uyumsoft": ("Uyumsoft", "Uyumsoft"),
    "sovos": ("Sovos (Foriba)", "Sovos (Foriba)"),
    "qnb-esolutions": ("QNB eSolutions (eFinans)", "QNB eSolutions (eFinans)"),
    "edm": ("EDM Bilişim", "EDM Bilişim"),
    "izibiz": ("İzibiz", "İzibiz"),
    "nes": ("NES Bilgi", "NES Bilgi"),
    "nilvera": ("Nilvera", "Nilvera"),
    "turkcell": ("Turkcell e-Şirket", "Turkcell e-Şirket"),
    "other": ("Başka", "Something else"),
}
# Topics a visitor chooses in the contact form; "product" is the request form, "duplicate" comes from sign-up.
CONTACT_TOPICS: Final[Sequence[str]] = ("sales", "support", "accounting", "privacy", "other")
TOPICS: Final[Mapping[str, tuple[str, str]]] = {
    "product": ("Ürün talebi", "Product request"),
    "sales": ("Satış", "Sales"),
    "support": ("Destek", "Support"),
    "accounting": ("Muhasebe ve ödeme", "Accounting and payments"),
    "privacy": ("KVKK başvurusu", "KVKK request"),
    "other": ("Diğer", "Other"),
    "duplicate": ("Kayıtlı mükellef için başvuru", "Application for a known taxpayer"),
}
STATE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "new": ("Yeni", "New"),
    "assigned": ("Atandı", "Assigned"),
    "contacted": ("Görüşüldü", "Contacted"),
    "offered": ("Teklif verildi", "Offered"),
    "won": ("Kazanıldı", "Won"),
    "lost": ("Kaybedildi", "Lost"),
    "spam": ("İstenmeyen", "Spam"),
}
MOVES: Final[Mapping[str, frozenset[str]]] = {
    "new": frozenset({"assigned", "contacted", "lost", "spam"}),
    "assigned": frozenset({"contacted", "offered", "won", "lost", "spam"}),
    "contacted": frozenset({"assigned", "offered", "won", "lost", "spam"}),
    "offered": frozenset({"contacted", "won", "lost"}),
    "won": frozenset({"contacted"}),
    "lost": frozenset({"contacted"}),
    "spam": frozenset({"new"}),
}
OPEN: Final[Sequence[str]] = ("new", "assigned", "contacted", "offered")
# What a reseller's people may make of a lead that was given to them; giving it on is the operator's.
RESELLER_STATES: Final = frozenset({"contacted", "offered", "won", "lost"})


def product_name(kept: str, language: str) -> str:
    """The product as people read it: one of the list, or the visitor's own words."""
    known = PRODUCTS.get(kept)
    return kept if known is None else known[0 if language == "tr" else 1]
