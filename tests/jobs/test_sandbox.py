"""A live account and its sandbox on one stack: the same number twice, and nothing of one reaches the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from billing.ledger import lots
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.models import Document
from ebelge.documents.registered import taxpayer
from ebelge.documents.seals import entered as seals
from ebelge.documents.submit import LINK_KIND, ettn_kind
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.jobs import tasks
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.signing.verify import verify
from ebelge.ubl.examples import BORA, vkn
from tenants import locator
from tenants.accounts import Identity
from tests.strangers.gib import Simulator
from tests.strangers.process import all_stopped

TEST_BOX = "urn:mail:denemepk@bora.example"
_numbers = count(81_000)


@dataclass
class Twins:
    """Deniz Ltd.'s two accounts, each with a seal of its own, and GİB's place for tests."""

    live: UUID
    sandbox: UUID
    gib_test: Simulator


@pytest.fixture
def twins(world, ca, tmp_path, monkeypatch) -> Iterator[Twins]:
    (tmp_path / "gib-test").mkdir()
    (tmp_path / "ca.pem").write_bytes(ca.certificate_pem())
    at, identity = utc_now(), Identity(vkn_tckn=vkn(next(_numbers)), title="Deniz Ltd.", district="Konak", city="İzmir")
    kinds = {"efatura": "DNF", "earsiv": "DNA"}
    plans = [
        ServicePlan(
            service=kind, seal_mode="pkcs12", active_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
            sender_alias=f"urn:mail:defaultgb@{identity.vkn_tckn}.example",
        )
        for kind in kinds
    ]  # fmt: skip
    with tenant_session(live := new_id()) as session:
        opened = open_tenant(
            session, tenant_id=live, kind="customer", identity=identity, services=plans, series=kinds, at=at
        )
        lots.grant(
            session, tenant_id=live, source="bonus", source_id=uuid4(), kontor=100, net_price_kurus=0,
            expires_at=at + timedelta(days=30), at=at,
        )  # fmt: skip
    assert opened.sandbox_id is not None
    for tenant_id, mode in ((live, "live"), (opened.sandbox_id, "test")):
        data = ca.issue(vkn_tckn=identity.vkn_tckn, name=identity.title, password="x", at=at)
        with tenant_session(tenant_id) as session:
            seals.add_pkcs12(session, tenant_id=tenant_id, mode=mode, data=data, password="x")
            if mode == "test":
                session.connection().exec_driver_sql("UPDATE service SET seal_mode = 'pkcs12'")
    box = (Alias("Invoice", TEST_BOX, datetime(2020, 1, 1, tzinfo=UTC)),)
    user = RegisteredUser(BORA.vkn_tckn, BORA.name, "OZEL", "OZELENTEGRASYON", box, box[0].created_at)
    with role_session("app") as session:
        taxpayer.load_list(session, mode="test", users=[user], at=at)
    with all_stopped() as started:
        arguments = ("--answer-delay-ms", "0", "--trust", str(tmp_path / "ca.pem"))
        started.append(gib_test := Simulator.run(tmp_path / "gib-test", *arguments))
        monkeypatch.setenv("EBELGE_GIB_TEST_URL", gib_test.base_url)
        settings.cache_clear()
        tasks.forget()
        world.akin, world.bora = live, opened.sandbox_id  # whom the world's questions are about
        yield Twins(live, opened.sandbox_id, gib_test)


def send_both(world, twins: Twins, kind: str, series: str, **changes) -> tuple[Document, Document]:
    """The same draft in the same series, first from the live account, then from the sandbox; worked off together."""
    ids = [
        (tenant, world.submit(world.draft(kind, **changes), tenant=tenant, series=series)[0])
        for tenant in (twins.live, twins.sandbox)
    ]
    world.settle()
    live, test = (world.document(document_id, tenant=tenant) for tenant, document_id in ids)
    assert (live.state, test.state) == ("delivered", "delivered"), world.waiting()
    assert live.number == test.number
    return live, test


def test_both_invoices_reach_gib_each_at_its_own_place(world, twins: Twins, ca) -> None:
    live, test = send_both(world, twins, "efatura", "DNF", buyer=BORA)

    for simulator, document in ((world.gib, live), (twins.gib_test, test)):
        (held,) = simulator.documents(number=document.number)
        assert held["ettn"] == str(document.ettn)
        (envelope,) = simulator.envelopes()
        assert envelope["instance_id"] == str(document.zarf_id)
    assert (live.receiver_alias, test.receiver_alias) == ("urn:mail:defaultpk@bora.example", TEST_BOX)
    assert live.sender_alias != test.sender_alias


def test_both_are_archived_signed_and_charged_apart(world, twins: Twins, ca) -> None:
    live, test = send_both(world, twins, "efatura", "DNF", buyer=BORA)

    for document in (live, test):
        signed = world.store.get(document.tenant_id, document.ettn, "signed.xml")
        with tenant_session(document.tenant_id) as session:
            (seal,) = seals.rows(session, tenant_id=document.tenant_id)
        assert verify(signed, trust=[ca.certificate]).certificate.public_bytes(Encoding.DER) == seal.certificate_der
        assert str(document.ettn).encode() in signed
    places = {path.relative_to(world.store.root) for path in world.store.root.rglob("signed.xml")}
    assert len(places) == 2
    assert world.balance(twins.live) == (99, 0)
    assert world.balance(twins.sandbox) == (9_999, 0)


def test_both_buyers_links_and_mails_lead_to_their_own_document(world, twins: Twins) -> None:
    before = {message["number"] for message in world.mail.messages()}
    live, test = send_both(world, twins, "earsiv", "DNA", n=7)

    for document, mode in ((live, "live"), (test, "test")):
        for kind, key in ((LINK_KIND, document.link_token), (ettn_kind(mode), str(document.ettn))):
            with role_session("app") as session:
                found = locator.locate(session, kind=kind, key=key)
            assert found is not None, kind
            assert (found.tenant_id, found.object_id) == (document.tenant_id, document.document_id)
    mails = [world.mail.raw(mail["number"]) for mail in world.mail.messages() if mail["number"] not in before]
    assert len(mails) == 2
    for document in (live, test):
        (mail,) = [mail for mail in mails if document.link_token.encode() in mail]
        assert (b"Deneme" in mail) is (document is test)
