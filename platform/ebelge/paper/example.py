"""An invented document of a kind, to try a design on and to show it before it is used."""

from datetime import date, time
from functools import cache
from uuid import UUID

from ebelge.ubl import build, examples
from ebelge.ubl.types import DocumentKind

_ETTN = UUID("00000000-0000-4000-8000-000000000001")
_LINES = 5


@cache
def document(kind: DocumentKind) -> bytes:
    """The document, as it is before the seal; its companies do not exist."""
    return build.build(
        examples.example_draft(kind, lines=_LINES), supplier=examples.AKIN, kind=kind, number="ORN2026000000001",
        ettn=_ETTN, issue_date=date(2026, 1, 15), issue_time=time(9, 30), signatory=examples.signatory(),
    )  # fmt: skip
