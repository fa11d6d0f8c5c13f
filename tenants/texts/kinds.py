"""Which texts there are: who accepts each, and what waits until he has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Who = Literal["company", "person"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A text of one kind. `who`: one authorised person for the company, or each person for himself.

    `stops`: the rights (`tenants.rights`) that wait for it; none where it is a free choice that may be withdrawn.
    """

    name_tr: str
    name_en: str
    who: Who
    stops: frozenset[str]

    @property
    def required(self) -> bool:
        """True if the account cannot be used fully without it."""
        return bool(self.stops)


_SEND_AND_BUY: Final = frozenset({"documents:send", "kontor:buy"})
KINDS: Final[Mapping[str, Kind]] = {
    "contract": Kind("Hizmet Sözleşmesi", "Service Contract", "company", _SEND_AND_BUY),
    "privacy": Kind("KVKK Aydınlatma Metni", "Privacy Notice (KVKK)", "person", _SEND_AND_BUY),
    "distance-selling": Kind(
        "Mesafeli Satış Ön Bilgilendirmesi", "Distance Selling Terms", "company", frozenset({"kontor:buy"})
    ),
    "consent": Kind("Açık Rıza Metni", "Explicit Consent", "person", frozenset()),
}
# Whose accounts accept them: resellers and the operator's own people are bound by contracts on paper.
OF_TENANT_KINDS: Final = frozenset({"customer", "pool"})
# The rights that some text stops: where the gate looks at all.
STOPPED: Final = frozenset().union(*(kind.stops for kind in KINDS.values()))
