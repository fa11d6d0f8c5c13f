"""A small world for documents: Akın Ltd. issues to Bora A.Ş. and to Ceren; the day is 22 November 2026."""

from collections.abc import Callable
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from ebelge.core.findings import Finding
from ebelge.ubl import examples
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check

TODAY = date(2026, 11, 22)
NUMBER = "AKN2026000000001"

Write = Callable[..., bytes]
Faults = Callable[..., list[str]]


@pytest.fixture(scope="session")
def today() -> date:
    """The Turkish calendar day of these tests."""
    return TODAY


@pytest.fixture(scope="session")
def write() -> Write:
    """`write(kind, **changes)`: the XML of an example draft with some fields of its JSON changed."""

    def write_document(
        kind: DocumentKind, *, ettn: UUID | None = None, number: str = NUMBER, line_count: int = 2, **changes: Any
    ) -> bytes:
        body = examples.example_json(kind, lines=line_count) | changes
        return build(
            read_draft(body),
            supplier=examples.AKIN,
            kind=kind,
            number=number,
            ettn=ettn or uuid4(),
            issue_date=TODAY,
            issue_time=time(10, 30),
            signatory=examples.signatory(),
        )

    return write_document


@pytest.fixture(scope="session")
def faults() -> Faults:
    """`faults(xml, kind)`: the rules of the errors that a check finds, in order."""

    def check_document(xml: bytes, kind: DocumentKind) -> list[str]:
        return [finding.rule for finding in check(xml, kind=kind, today=TODAY) if finding.severity == "error"]

    return check_document


@pytest.fixture(scope="session")
def findings() -> Callable[..., list[Finding]]:
    """`findings(xml, kind)`: all that a check finds."""

    def check_document(xml: bytes, kind: DocumentKind) -> list[Finding]:
        return check(xml, kind=kind, today=TODAY)

    return check_document
