"""Our whole check of an invoice, beside efatura-kontrol's own `kontrol_et` on the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from statistics import median
from typing import Any

from efatura_kontrol.kontrol import kontrol_et

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.findings import refuses
from ebelge.devstack.bench._figures import Row, in_turn, row
from ebelge.devstack.bench._invoices import LINES, form
from ebelge.devstack.errors import StackError
from ebelge.ubl import validate
from ebelge.ubl.types import DocumentKind

NAMES = ("check", "check_1_line", "check_100_lines")
_LINES = {"check": LINES, "check_1_line": 1, "check_100_lines": 100}
_CALLS_MS = 400.0  # work of about this long makes one figure of a round


def rows(rounds: int) -> list[Row]:
    """`check` at 10 lines (20 kB), and at two further sizes."""
    validate.warm_up()
    at = utc_now()
    return [_row(name, lines, rounds, at) for name, lines in _LINES.items()]


def _row(name: str, lines: int, rounds: int, at: datetime) -> Row:
    xml = form(at=at, series="EBL", lines=lines).xml
    ours = _ours(xml, at)

    def theirs() -> Any:
        return kontrol_et(xml)

    if any(finding.seviye == "hata" for finding in theirs().bulgular):
        raise StackError("The benchmark's invoice breaks a rule: what is compared would not be the same work.")
    calls = max(3, int(_CALLS_MS / (4 + lines)))
    value, limit = (median(times) for times in in_turn(rounds, calls, ours, theirs))
    against = f"efatura-kontrol's kontrol_et on the same bytes ({len(xml) / 1000:.0f} kB, lines: {lines})"
    return row(name, value, "ms", against=against, limit=limit, reach="<= 1.05")


def _ours(xml: bytes, at: datetime) -> Callable[[], object]:
    today = istanbul_date(at)

    def run() -> object:
        findings = validate.check(xml, kind=DocumentKind.EFATURA, today=today)
        if refuses(findings):
            raise StackError(f"The benchmark's invoice is refused: {findings[0].rule} {findings[0].message_en}")
        return findings

    return run
