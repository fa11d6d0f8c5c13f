"""What a kontör was charged for, as people say it. Pure."""

from typing import Final

CHARGE_KINDS: Final = {
    "efatura": ("e-Fatura", "e-Fatura"), "earsiv": ("e-Arşiv Fatura", "e-Arşiv invoice"),
    "eirsaliye": ("e-İrsaliye", "e-İrsaliye"), "emm": ("e-Müstahsil", "e-Müstahsil"), "esmm": ("e-SMM", "e-SMM"),
    "storage": ("Saklama", "Storage"), "sms": ("SMS", "SMS"), "mutabakat": ("e-Mutabakat", "e-Mutabakat"),
    "kep": ("KEP", "KEP"), "mail": ("e-posta", "E-mail"),
    "bordro": ("e-Bordro", "e-Bordro"), "kontor": ("Ödünç kontör", "Kontör lent"),
}  # fmt: skip


def charge_kind(kind: str) -> tuple[str, str]:
    """A kind of charge ("efatura.out") as people say it; one that is not known here as it is written."""
    name, _, way = kind.partition(".")
    tr, en = CHARGE_KINDS.get(name, (kind, kind))
    return (f"{tr} (gelen)", f"{en} (incoming)") if way == "in" else (tr, en)
