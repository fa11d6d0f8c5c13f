"""A working world, and documents that came in: Bora A.Ş. issued them to Akın."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from ebelge.app import create_app
from ebelge.archive.store import open_store
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.answers import answering
from ebelge.documents.answers.deadlines import answer_until
from ebelge.documents.facts import facts
from ebelge.documents.incoming.models import INCOMING_NAME, IncomingDocument
from ebelge.documents.models import Document
from ebelge.documents.states import State
from ebelge.outbox import messages
from ebelge.ubl.answer_reading import ReadResponse
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import BORA, example_json, signatory
from ebelge.ubl.types import DocumentKind, Party
from tenants import api_keys
from tests.jobs.conftest import _gib, _mail, _rules_are_loaded, ca, ground, operator_p12, world
from tests.jobs.world import World

__all__ = ["_gib", "_mail", "_rules_are_loaded", "ca", "ground", "operator_p12", "world"]


@dataclass
class Post:
    """Documents in both directions."""

    world: World

    @property
    def akin(self) -> UUID:
        return self.world.akin

    def party(self, tenant: UUID | None = None) -> Party:
        with tenant_session(tenant or self.akin) as session:
            return facts(session, tenant_id=tenant or self.akin, at=utc_now()).supplier

    def came(
        self, kind: str = "efatura", *, profile: str = "", at: datetime | None = None, tenant: UUID | None = None,
        **changes: Any,
    ) -> UUID:  # fmt: skip
        """A document of Bora's that came in at `at`, its file in the archive."""
        tenant, at = tenant or self.akin, at or utc_now()
        profile = profile or ("TEMELIRSALIYE" if kind == "eirsaliye" else "TICARIFATURA")
        if kind == "efatura":
            changes = {"profile": profile} | changes
        ettn, document_id = uuid4(), new_id()
        number = f"BR{'I' if kind == 'eirsaliye' else 'F'}2026{document_id.int % 10**9:09d}"
        body = example_json(DocumentKind(kind), buyer=self.party(tenant)) | changes
        xml = build(
            read_draft(body), supplier=BORA, kind=DocumentKind(kind), number=number, ettn=ettn,
            issue_date=istanbul_date(at), issue_time=time(9, 0), signatory=signatory(BORA),
        )  # fmt: skip
        open_store().put(tenant, document_id, INCOMING_NAME, xml)
        answerable = kind == "eirsaliye" or profile == "TICARIFATURA"
        with tenant_session(tenant) as session:
            session.add(
                IncomingDocument(
                    tenant_id=tenant, document_id=document_id, kind=kind, profile=profile, type_code="SATIS", ettn=ettn,
                    number=number, issue_date=istanbul_date(at), sender_vkn_tckn=BORA.vkn_tckn, sender_title=BORA.name,
                    sender_alias="urn:mail:defaultgb@bora.example", receiver_alias="urn:mail:defaultpk@akin.example",
                    currency="TRY", line_count=2, base_kurus=0, kdv_kurus=0, other_tax_kurus=0, tevkifat_kurus=0,
                    payable_kurus=0, taxes=[], zarf_id=uuid4(), signed_sha256=sha256(xml).digest(),
                    file_bytes=len(xml), signer_vkn_tckn=BORA.vkn_tckn, signer_name=BORA.name, signing_time=at,
                    received_at=at, answerable_until=answer_until(at, kind=kind) if answerable else None,
                )
            )  # fmt: skip
        return document_id

    def incoming(self, document_id: UUID) -> IncomingDocument:
        with tenant_session(self.akin) as session:
            return answering.get(session, tenant_id=self.akin, document_id=document_id)

    def steps(self, document_id: UUID) -> list[str]:
        sql = "SELECT kind FROM incoming_event WHERE document_id = :id ORDER BY event_id"
        return [row[0] for row in self.world.rows(sql, id=document_id)]

    def answer(self, document_id: UUID, code: Any = "RED", *, at: datetime | None = None) -> UUID:
        """Answer an invoice as the edge does."""
        at = at or utc_now()
        prepared = answering.prepare_response(
            tenant_id=self.akin, document_id=document_id, code=code, reason="Fiyat yanlış", store=open_store(),
            at=at,
        )  # fmt: skip
        with tenant_session(self.akin) as session:
            return answering.enter(session, tenant_id=self.akin, prepared=prepared, by="key:test", at=at).answer_id

    def sent(
        self, kind: str = "efatura", *, delivered_at: datetime | None = None, state: State = State.DELIVERED,
        **changes: Any,
    ) -> Document:  # fmt: skip
        """A document of Akın's that was delivered at `delivered_at`, without its way through GİB."""
        (document_id,) = self.world.submit(self.world.draft(kind, **changes))
        at = delivered_at or utc_now()
        with tenant_session(self.akin) as session:
            messages.call_off(session, tenant_id=self.akin, topic="document.sign", key=document_id, at=utc_now())
            document = queries.lock(session, tenant_id=self.akin, document_id=document_id)
            document.issue_date = min(document.issue_date, istanbul_date(at))
            document.signed_sha256, document.signed_at = b"\0" * 32, at
            for step in (State.SIGNED, State.SENT, State.DELIVERED):
                events.move(session, document=document, to=step, text_tr="-", text_en="-", at=at)
                if step == state:
                    break
        return self.world.document(document_id)


def said(document: Document, code: str = "KABUL", *, sender: str | None = None, **changes: Any) -> ReadResponse:
    """An answer to a document of ours, as it was read."""
    given = {
        "form": "receipt" if document.kind == "eirsaliye" else "response", "ettn": uuid4(), "number": "X" * 16,
        "issue_date": date(2026, 11, 30), "profile": document.profile,
        "sender_vkn_tckn": sender or document.buyer_vkn_tckn, "receiver_vkn_tckn": "", "code": code,
        "reason": "Fiyat yanlış", "about_ettn": document.ettn, "about_number": document.number,
    } | changes  # fmt: skip
    return ReadResponse(**given)


@pytest.fixture
def mail(world: World) -> Post:
    return Post(world)


DAY = timedelta(days=1)


@dataclass
class Erp:
    """A client with a key of a tenant's."""

    client: Any
    token: str

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self._headers())

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def app(ground: dict[str, str]) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ground.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        made = create_app()
    current_settings.cache_clear()
    return made


@pytest.fixture
def erp(app: Any, mail: Post) -> Callable[[UUID], Erp]:
    """Call it with a tenant for a client of it."""

    def of(tenant_id: UUID) -> Erp:
        with tenant_session(tenant_id) as session:
            key = api_keys.create(session, tenant_id=tenant_id, mode="live", name="erp", at=utc_now())
        return Erp(app.test_client(), key.token)

    return of
