"""A world that reports: Akın's documents, seals, the simulated GİB with its e-Arşiv service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from lxml import etree

from ebelge.gib.earsiv_lines import SignedFile
from ebelge.gib.earsiv_report import sha256_hex
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import AKIN, example_json, signatory
from ebelge.ubl.types import DocumentKind
from tests.strangers.gib import Simulator
from tests.strangers.process import all_stopped

NOW = datetime.now(UTC)
URL = "https://belge.example/e/abc"


@pytest.fixture(scope="session")
def ca() -> DevelopmentCa:
    return DevelopmentCa.create(at=NOW)


@pytest.fixture(scope="session")
def seal(ca: DevelopmentCa) -> Pkcs12Seal:
    return Pkcs12Seal.load(ca.issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=NOW), "x")


@pytest.fixture(scope="session")
def _gib(tmp_path_factory: pytest.TempPathFactory, ca: DevelopmentCa) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("gib")
    (folder / "ca.pem").write_bytes(ca.certificate_pem())
    with all_stopped() as started:
        started.append(Simulator.run(folder, "--answer-delay-ms", "0", "--trust", str(folder / "ca.pem")))
        yield started[0]


@pytest.fixture
def gib(_gib: Simulator) -> Simulator:
    """The simulator, remembering nothing of other tests."""
    _gib.control("POST", "reset")
    return _gib


def earsiv_url(simulator: Simulator) -> str:
    return simulator.base_url.removesuffix("/EFaturaMerkez") + "/earsiv"


@pytest.fixture(scope="session")
def signed(seal: Pkcs12Seal) -> Callable[..., SignedFile]:
    """A signed document of Akın's, from a draft."""

    def make(kind: str, number: str, sending: str = "ELEKTRONIK", **changes: Any) -> SignedFile:
        wanted = DocumentKind(kind)
        xml = build(
            read_draft(example_json(wanted) | changes), supplier=AKIN, kind=wanted, number=number, ettn=uuid4(),
            issue_date=NOW.date(), issue_time=clock(10, 15), signatory=signatory(AKIN),
        )  # fmt: skip
        data = sign(xml, seal, at=NOW)
        return SignedFile(data, sha256_hex(data), NOW, sending, URL)

    return make


@pytest.fixture(scope="session")
def report_schema(shared_dir: Path) -> etree.XMLSchema:
    """GİB's own schema of the report."""
    return etree.XMLSchema(file=str(shared_dir / "gib/xsd/earsiv-1.1_6/EArsiv.xsd"))
