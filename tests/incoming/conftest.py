"""The seed world behind the real application, and GİB as a caller of our service: Akın's papers come to Bora."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import text

from ebelge.app import create_app
from ebelge.archive.store import ArchiveStore, open_store
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines, role_session, tenant_session
from ebelge.devstack import seed
from ebelge.gib.efatura_wsdl import NAMESPACE
from ebelge.gib.mtom import include, multipart, parse_message, soap_envelope
from ebelge.gib.system_response import SystemResponse, read_system_response
from ebelge.gib.zarf import Mailbox, Zarf, build_zarf
from ebelge.jobs import stopping, tasks
from ebelge.jobs.claims import to_json
from ebelge.jobs.receiving import Receiver
from ebelge.outbox import relay
from ebelge.outbox.messages import Claim
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl import validate
from ebelge.ubl.build import build
from ebelge.ubl.examples import AKIN, BORA, example_draft, signatory
from ebelge.ubl.types import DocumentKind

AKIN_GB = Mailbox("urn:mail:defaultgb@akin.example", AKIN.vkn_tckn, AKIN.name)
BORA_PK = Mailbox("urn:mail:defaultpk@bora.example", BORA.vkn_tckn, BORA.name)
LIVE, TEST = "/gib/EFatura", "/gib/test/EFatura"
_numbers = count(1)


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def ground(
    make_database: Callable[[], str], stack_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory,
    var: Path,
) -> Iterator[Settings]:  # fmt: skip
    """One database and archive for the area; seals are trusted if the world's own authority stands behind them."""
    with pytest.MonkeyPatch.context() as patch:
        own = {
            **stack_environment,
            "DATABASE_URL": make_database(),
            "EBELGE_ARCHIVE_DIR": str(tmp_path_factory.mktemp("archive")),
            "EBELGE_SEAL_ANCHORS": str(var / "development-ca.crt"),
        }
        for name, value in own.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        tasks.forget()
        validate.warm_up()
        yield current_settings()
        dispose_engines()
    tasks.forget()
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def planted(ground: Settings, var: Path) -> seed.World:
    return seed.plant(var)


@pytest.fixture(scope="session")
def app(planted: seed.World) -> Flask:
    return create_app()


@pytest.fixture(scope="session")
def ca(planted: seed.World, var: Path) -> DevelopmentCa:
    return DevelopmentCa.load((var / "development-ca.pem").read_bytes())


@pytest.fixture(scope="session")
def akin_seal(ca: DevelopmentCa) -> Pkcs12Seal:
    return Pkcs12Seal.load(ca.issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=datetime.now(UTC)), "x")


@dataclass
class Answer:
    """What our service said: HTTP status, fault code (0: none), the answer's element."""

    status: int
    fault: int
    body: etree._Element

    @property
    def system_response(self) -> str:
        return self.body.findtext("applicationResponse") or ""


@dataclass
class Gib:
    """GİB pushes and asks; the worker works in this process."""

    client: FlaskClient
    planted: seed.World
    seal: Pkcs12Seal
    store: ArchiveStore
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def bora(self) -> UUID:
        return UUID(self.planted.accounts["bora"].tenant_id)

    @property
    def akin(self) -> UUID:
        return UUID(self.planted.accounts["akin"].tenant_id)

    def draft(self, kind: DocumentKind = DocumentKind.EFATURA, **changes: Any) -> Any:
        return example_draft(kind, n=next(_numbers)).model_copy(update=changes)

    def document(
        self, kind: DocumentKind = DocumentKind.EFATURA, *, number: str | None = None, ettn: UUID | None = None,
        seal: Pkcs12Seal | None = None, change: Callable[[bytes], bytes] = bytes, signed_at: datetime | None = None,
        issued_on: date | None = None, **changes: Any,
    ) -> bytes:  # fmt: skip
        at = signed_at or datetime.now(UTC)
        xml = build(
            self.draft(kind, **changes), supplier=AKIN, kind=kind, ettn=ettn or uuid4(),
            number=number or f"XAK{at.year}{next(_numbers):09d}",
            issue_date=issued_on or (at - timedelta(days=1)).date(),
            issue_time=clock(9, 30), signatory=signatory(AKIN),
        )  # fmt: skip
        return sign(change(xml), seal or self.seal, at=at)

    def zarf(
        self, *documents: bytes, kind: DocumentKind = DocumentKind.EFATURA, receiver: Mailbox = BORA_PK,
        zarf_id: UUID | None = None, sender: Mailbox = AKIN_GB,
    ) -> Zarf:  # fmt: skip
        return build_zarf(
            documents or [self.document(kind)], instance_id=zarf_id or uuid4(), sender=sender, receiver=receiver,
            element_type="DESPATCHADVICE" if kind is DocumentKind.EIRSALIYE else "INVOICE", at=datetime.now(UTC),
        )  # fmt: skip

    def push(
        self,
        zarf: Zarf,
        *,
        md5: str | None = None,
        name: str | None = None,
        path: str = LIVE,
        address: str = "127.0.0.1",
    ) -> Answer:
        request = etree.Element(f"{{{NAMESPACE}}}documentRequest")
        etree.SubElement(request, "fileName").text = name or zarf.file_name
        include(etree.SubElement(request, "binaryData"), "zarf@gib")
        etree.SubElement(request, "hash").text = md5 or zarf.md5_hex.upper()
        body, content_type = multipart(soap_envelope(request), {"zarf@gib": zarf.zip_bytes}, action="sendDocument")
        return self.call(body, content_type, path=path, address=address)

    def ask(self, zarf_id: UUID, *, path: str = LIVE) -> Answer:
        request = etree.Element(f"{{{NAMESPACE}}}getAppRespRequest")
        etree.SubElement(request, "instanceIdentifier").text = str(zarf_id)
        return self.call(soap_envelope(request), "application/soap+xml; charset=utf-8", path=path)

    def call(self, body: bytes, content_type: str, *, path: str = LIVE, address: str = "127.0.0.1") -> Answer:
        answer = self.client.post(
            path, data=body, content_type=content_type, environ_overrides={"REMOTE_ADDR": address}
        )
        if answer.status_code in (404, 413):
            return Answer(answer.status_code, 0, etree.Element("none"))
        element = parse_message(answer.data, answer.headers["Content-Type"]).body
        return Answer(answer.status_code, int(element.findtext(".//code") or 0), element)

    def said(self, zarf_id: UUID, *, path: str = LIVE) -> SystemResponse:
        """What our system response says now."""
        return read_system_response(self.ask(zarf_id, path=path).system_response, about=zarf_id)

    def claims(self) -> list[Claim]:
        with role_session("relay") as session:
            relay.promote(session, at=utc_now() + timedelta(days=1))
            return relay.claim(session, queue="incoming", limit=100, turns=relay.Turns(), at=utc_now())

    def work(self) -> int:
        claims = self.claims()
        tasks.incoming([to_json(claim) for claim in claims], utc_now().isoformat())
        return len(claims)

    def receive(self, zarf: Zarf, *, path: str = LIVE) -> SystemResponse:
        """Push, work, and ask what became of it."""
        answer = self.push(zarf, path=path)
        assert (answer.status, answer.fault) == (200, 0)
        self.work()
        return self.said(zarf.instance_id, path=path)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        with role_session("reader") as session:
            return [tuple(row) for row in session.execute(text(sql), values)]

    def documents(self, zarf_id: UUID) -> list[Any]:
        with role_session("reader") as session:
            return list(
                session.execute(
                    text("SELECT * FROM incoming_document WHERE zarf_id = :id ORDER BY document_id"), {"id": zarf_id}
                )
            )

    def finding(self, zarf_id: UUID) -> str:
        return str(self.rows("SELECT finding FROM incoming_zarf WHERE zarf_id = :id", id=zarf_id)[0][0])


@pytest.fixture
def gib(app: Flask, planted: seed.World, akin_seal: Pkcs12Seal) -> Iterator[Gib]:
    stopping.requested.clear()
    yield Gib(app.test_client(), planted, akin_seal, open_store())
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message"))


def zipped(name: str, content: bytes, *more: tuple[str, bytes], zarf_id: UUID) -> Zarf:
    """A zip that is no envelope of ours."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in ((name, content), *more):
            archive.writestr(one, data)
    data = buffer.getvalue()
    return Zarf(zarf_id, content, data, hashlib.md5(data, usedforsecurity=False).hexdigest(), f"{zarf_id}.zip")


__all__ = ["Receiver", "tenant_session", "zipped"]
