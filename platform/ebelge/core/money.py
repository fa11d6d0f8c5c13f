"""Money is whole kuruş; Decimal only at the edges; one rounding rule, half up."""

from decimal import ROUND_HALF_UP, Decimal


def kurus(lira: Decimal) -> int:
    """An amount in lira as whole kuruş, half up."""
    return int((lira * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def kdv_kurus(net_kurus: int, rate_percent: Decimal) -> int:
    """KDV of a net amount, in kuruş, half up (as on the invoice total)."""
    tax = Decimal(net_kurus) * rate_percent / 100
    return int(tax.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def decimal_text(amount_kurus: int) -> str:
    """Kuruş as UBL writes an amount: 124990 -> "1249.90"."""
    sign = "-" if amount_kurus < 0 else ""
    whole, rest = divmod(abs(amount_kurus), 100)
    return f"{sign}{whole}.{rest:02d}"


def lira_text(amount_kurus: int) -> str:
    """Kuruş as Turkish readers expect: 12345678 -> "123.456,78"."""
    sign = "-" if amount_kurus < 0 else ""
    whole, rest = divmod(abs(amount_kurus), 100)
    return f"{sign}{whole:,}".replace(",", ".") + f",{rest:02d}"


def count_text(count: int) -> str:
    """A whole number by thousands: 12345 -> "12.345"."""
    return f"{count:,}".replace(",", ".")


def share_kurus(total_kurus: int, *, units: int, first: int, last: int) -> int:
    """Price of the units [first, last) of a lot of `units` that cost `total_kurus` in all.

    Cumulative rounding (half up at each border), so the parts of any split sum to the total exactly.
    """
    if not 0 <= first <= last <= units:
        raise ValueError(f"share [{first}, {last}) is not within {units} units")

    def until(position: int) -> int:
        return (2 * total_kurus * position + units) // (2 * units)

    return until(last) - until(first)
