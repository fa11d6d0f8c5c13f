"""A document as PDF/A-3b with its XML inside, made in a helper process, beside WeasyPrint alone on the same HTML."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from ebelge.core.clock import utc_now
from ebelge.devstack.bench._figures import Row, in_turn, row
from ebelge.devstack.bench._invoices import LINES, form
from ebelge.paper import pdf
from ebelge.paper.helpers import helpers
from ebelge.ubl import render

NAMES = ("pdf", "pdf_100_lines")
_LINES = {"pdf": LINES, "pdf_100_lines": 100}


def rows(rounds: int) -> list[Row]:
    """`pdf` at 10 lines, and at 100."""
    try:
        return [_row(name, lines, rounds) for name, lines in _LINES.items()]
    finally:
        helpers().close()


def _row(name: str, lines: int, rounds: int) -> Row:
    at = utc_now()
    xml = form(at=at, series="EBP", lines=lines).xml
    page = render.html(xml)
    facts = pdf.Facts(title="e-Fatura EBP2026000000001", author="Akın", issued_at=at, xml=xml, xml_name="belge.xml")
    calls = 3 if lines <= LINES else 1
    value, limit = (median(times) for times in in_turn(rounds, calls, lambda: pdf.made(page, facts), _alone(page)))
    against = f"WeasyPrint alone, PDF/A-3b of the same HTML ({len(page) / 1000:.0f} kB), without the XML inside"
    return row(name, value, "ms", against=against, limit=limit, reach="<= 1.1")


def _alone(page: bytes) -> Callable[[], Any]:
    import weasyprint

    text = page.decode()
    return lambda: weasyprint.HTML(string=text).write_pdf(pdf_variant="pdf/a-3b")
