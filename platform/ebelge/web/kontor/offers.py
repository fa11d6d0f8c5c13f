"""Packages as the buying page shows them: what is paid, what one kontör costs, what is saved against the dearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from billing.catalogue.packages import Package
from ebelge.core.money import kdv_kurus


@dataclass(frozen=True, slots=True)
class Offer:
    """A package with its amounts, KDV included. `saving_percent`: against the dearest kontör among those on sale."""

    code: str
    name: str
    kontor: int
    bonus_kontor: int
    net_kurus: int
    kdv_percent: int
    gross_kurus: int
    months: int
    unit_lira: str
    saving_percent: int


def offers(packages: Sequence[Package], *, turkish: bool) -> list[Offer]:
    """Packages on sale, in their order."""
    gross = [one.net_price_kurus + kdv_kurus(one.net_price_kurus, Decimal(one.kdv_percent)) for one in packages]
    unit = [Decimal(kurus) / (one.kontor + one.bonus_kontor) for kurus, one in zip(gross, packages, strict=True)]
    dearest = max(unit, default=Decimal(0))
    return [
        Offer(
            code=one.code,
            name=one.name_tr if turkish else one.name_en,
            kontor=one.kontor,
            bonus_kontor=one.bonus_kontor,
            net_kurus=one.net_price_kurus,
            kdv_percent=one.kdv_percent,
            gross_kurus=kurus,
            months=one.validity_months,
            unit_lira=_lira(price),
            saving_percent=int((1 - price / dearest) * 100) if dearest else 0,
        )
        for one, kurus, price in zip(packages, gross, unit, strict=True)
    ]


def _lira(kurus: Decimal) -> str:
    """The price of one kontör in lira with three places, half up: it is shown, never counted with."""
    return str((kurus / 100).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)).replace(".", ",")
