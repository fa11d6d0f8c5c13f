"""Every profile with every type, built from its example; the day is 22 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Any
from uuid import UUID

import pytest

from ebelge.ubl import examples, type_examples, validate
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.type_table import PROFILES
from ebelge.ubl.types import DocumentKind

TODAY = date(2026, 11, 22)
ETTN = UUID("3f0b4b8e-6f0a-4c57-9a3e-5b1d2c3e4f50")


@pytest.fixture(scope="session")
def today() -> date:
    """The Turkish calendar day of these tests."""
    return TODAY


@pytest.fixture(scope="session")
def kind_of() -> Callable[[str], DocumentKind]:
    """The kind of document a profile belongs to."""
    return lambda profile: DocumentKind(PROFILES[profile].kind)


@pytest.fixture(scope="session")
def make() -> Callable[..., bytes]:
    """`make(profile, type, **changes)`: the XML of the example, or of `body`, with some fields of its JSON changed."""

    def make_document(profile: str, code: str, body: dict[str, Any] | None = None, **changes: Any) -> bytes:
        draft = read_draft((body or type_examples.example(profile, code)) | changes)
        return build(
            draft,
            supplier=examples.AKIN,
            kind=DocumentKind(PROFILES[profile].kind),
            number="AKN2026000000001",
            ettn=ETTN,
            issue_date=TODAY,
            issue_time=time(10, 30),
            signatory=examples.signatory(),
        )

    return make_document


@pytest.fixture(scope="session", autouse=True)
def _rules_are_loaded() -> None:
    validate.warm_up()
