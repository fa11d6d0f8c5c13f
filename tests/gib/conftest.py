"""A small world at GİB: the simulator as a real process, Akın Ltd. who sends, Bora A.Ş. who receives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ebelge.gib.gateway import SoapGateway
from ebelge.gib.system_response import SystemResponse
from ebelge.gib.zarf import Mailbox, Zarf, build_zarf
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.examples import AKIN, BORA, example_draft, signatory
from ebelge.ubl.types import DocumentKind
from tests.strangers.gib import Simulator
from tests.strangers.process import all_stopped

NOW = datetime.now(UTC)
AKIN_GB = Mailbox("urn:mail:defaultgb@akin.example", AKIN.vkn_tckn, AKIN.name)
BORA_PK = Mailbox("urn:mail:defaultpk@bora.example", BORA.vkn_tckn, BORA.name)
ELEMENT_TYPES = {DocumentKind.EFATURA: "INVOICE", DocumentKind.EIRSALIYE: "DESPATCHADVICE"}


@pytest.fixture(scope="session")
def start_simulator() -> Iterator[Callable[..., Simulator]]:
    """Start a simulator: `start_simulator(folder, "--answer-delay-ms", "0")`. All are stopped at the end."""
    with all_stopped() as started:

        def start(folder: Path, *arguments: str) -> Simulator:
            started.append(simulator := Simulator.run(folder, *arguments))
            return simulator

        yield start


@pytest.fixture(scope="session")
def ca() -> DevelopmentCa:
    return DevelopmentCa.create(at=NOW)


@pytest.fixture(scope="session")
def akin_seal(ca: DevelopmentCa) -> Pkcs12Seal:
    return Pkcs12Seal.load(ca.issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=NOW), "x")


@pytest.fixture(scope="session")
def _shared_simulator(
    start_simulator: Callable[..., Simulator], tmp_path_factory: pytest.TempPathFactory, ca: DevelopmentCa
) -> Simulator:
    folder = tmp_path_factory.mktemp("gib")
    (folder / "ca.pem").write_bytes(ca.certificate_pem())
    return start_simulator(folder, "--answer-delay-ms", "0", "--trust", str(folder / "ca.pem"))


@pytest.fixture
def simulator(_shared_simulator: Simulator) -> Simulator:
    """A simulator that answers without delay and remembers nothing of other tests."""
    _shared_simulator.control("POST", "reset")
    for kind in ("pk", "gb"):
        _shared_simulator.control("DELETE", f"user-list/{kind}")
    _shared_simulator.control("PUT", "settings", answer_delay_ms=0)
    return _shared_simulator


@pytest.fixture
def gateway(simulator: Simulator) -> Iterator[SoapGateway]:
    with SoapGateway(simulator.base_url, timeout_s=10.0) as gateway:
        yield gateway


@dataclass
class Paper:
    """Makes Akın's signed documents for Bora, each with a number of its own."""

    seal: Pkcs12Seal
    last: int = 0

    def document(
        self, kind: DocumentKind = DocumentKind.EFATURA, *, number: str | None = None, ettn: UUID | None = None,
        note: str = "", signed: bool = True, change: Callable[[bytes], bytes] = bytes,
    ) -> bytes:  # fmt: skip
        self.last += 1
        draft = example_draft(kind, n=self.last)
        if note:
            draft = draft.model_copy(update={"notes": [note]})
        at = datetime.now(UTC)
        xml = build(
            draft, supplier=AKIN, kind=kind, number=number or f"AKN{at.year}{self.last:09d}",
            ettn=ettn or uuid4(), issue_date=(at - timedelta(days=1)).date(), issue_time=clock(9, 30),
            signatory=signatory(AKIN),
        )  # fmt: skip
        return sign(change(xml), self.seal, at=at) if signed else change(xml)

    def zarf(
        self, *documents: bytes, kind: DocumentKind = DocumentKind.EFATURA, instance_id: UUID | None = None,
        sender: Mailbox = AKIN_GB, receiver: Mailbox = BORA_PK,
    ) -> Zarf:  # fmt: skip
        return build_zarf(
            documents or [self.document(kind)], instance_id=instance_id or uuid4(), sender=sender,
            receiver=receiver, element_type=ELEMENT_TYPES[kind], at=datetime.now(UTC),
        )  # fmt: skip


@pytest.fixture(scope="session")
def paper(akin_seal: Pkcs12Seal) -> Paper:
    return Paper(akin_seal)


@pytest.fixture
def settled(gateway: SoapGateway) -> Callable[..., SystemResponse]:
    """Ask for an envelope until the status is final (or is `code`)."""

    def wait(instance_id: UUID, code: int | None = None, *, within_s: float = 15.0) -> SystemResponse:
        end = time.monotonic() + within_s
        while True:
            answer = gateway.status(instance_id)
            if answer.code == code or (code is None and answer.meaning.final):
                return answer
            assert time.monotonic() < end, f"still {answer.code}"
            time.sleep(0.02)

    return wait
