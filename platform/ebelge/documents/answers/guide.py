"""A basic invoice that is wrong cannot be rejected: the ways that law and trade leave, as data, with the time left.

Source: notice guide (gib/FACTS 4.6), TRADE.md 5. What happens on these ways happens outside; it is recorded by hand.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ebelge.documents.answers.deadlines import issuer_until, left_words


@dataclass(frozen=True, slots=True)
class Guide:
    """A way: what to do, until when (None: no day ends it), in both languages. `record`: the word of its record."""

    code: str
    title_tr: str
    title_en: str
    text_tr: str
    text_en: str
    record: str
    until: datetime | None = None
    left_tr: str = ""
    left_en: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    code: str
    title: tuple[str, str]
    text: tuple[str, str]
    record: str
    ends: bool
    # profiles for which the way is closed (gib/FACTS 4.6)
    closed: tuple[str, ...] = ()


_OBJECTION_TR: Final = (
    "8 gün içinde noter, KEP, telgraf ya da iadeli taahhütlü mektupla satıcıya itiraz edin (TTK 18/3); itirazı GİB "
    "portalında da bildirin."
)
_OBJECTION_EN: Final = (
    "Object to the seller within 8 days by notary, KEP, telegram or registered letter (TTK 18/3), and report the "
    "objection on GİB's portal."
)
_CANCEL_TR: Final = (
    "Satıcı, teslimden sonra 8 gün içinde GİB'in iptal/itiraz portalında iptal talebi açar, siz onaylarsınız. İptal "
    "edilen fatura iki tarafın Ba/Bs bildiriminden çıkar."
)
_CANCEL_EN: Final = (
    "Within 8 days of delivery the seller asks to cancel on GİB's portal and you approve. A cancelled invoice leaves "
    "both sides' Ba/Bs forms."
)
_RETURN_TR: Final = "Bu faturaya dayanan bir iade faturası (TEMELFATURA, IADE) kesin; taslağı buradan hazırlanır."
_RETURN_EN: Final = "Issue a return invoice (TEMELFATURA, IADE) that refers to this one; its draft is made here."
_WAYS: Final = (
    _Way("objection", ("İtiraz edin", "Object"), (_OBJECTION_TR, _OBJECTION_EN), "objection", True, ("KAMU",)),
    _Way(
        "portal_cancel", ("Satıcıdan iptal isteyin", "Ask the seller to cancel"), (_CANCEL_TR, _CANCEL_EN),
        "portal_cancel_approved", True, ("TICARIFATURA", "KAMU"),
    ),
    _Way(
        "return_invoice", ("İade faturası kesin", "Issue a return invoice"), (_RETURN_TR, _RETURN_EN),
        "return_invoice_agreed", False,
    ),
)  # fmt: skip


def guide(*, profile: str, came_at: datetime, at: datetime) -> list[Guide]:
    """The ways open for an incoming invoice of this profile, with the time left; what is too late is left out."""
    until = issuer_until(came_at)
    left_tr, left_en = left_words(until, at)
    return [
        Guide(
            way.code, *way.title, *way.text, way.record, until if way.ends else None,
            left_tr if way.ends else "", left_en if way.ends else "",
        )
        for way in _WAYS
        if profile not in way.closed and (not way.ends or at < until)
    ]  # fmt: skip
