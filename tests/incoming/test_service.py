"""Our e-Fatura service as GİB calls it: stored and answered at once, every refusal a typed fault."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from uuid import uuid4

import pytest
from lxml import etree
from sqlalchemy import text
from zeep import Client
from zeep.transports import Transport

from ebelge.core.config import Settings
from ebelge.core.db import role_session
from ebelge.documents.incoming.models import INCOMING_ZARF_NAME
from ebelge.gib.zarf import Mailbox
from ebelge.onboarding.accounts import SANDBOX_MAIL_DOMAIN
from ebelge.ubl.examples import BORA
from tests.incoming.conftest import LIVE, TEST, Gib


def test_an_envelope_is_stored_durably_and_answered_at_once_and_judged_later(gib: Gib) -> None:
    zarf = gib.zarf()
    answer = gib.push(zarf)
    assert (answer.status, answer.body.findtext("hash")) == (200, zarf.md5_hex)
    ((holder, state),) = gib.rows("SELECT holder_id, state FROM incoming_zarf WHERE zarf_id = :id", id=zarf.instance_id)
    assert (gib.store.get(holder, zarf.instance_id, INCOMING_ZARF_NAME), state) == (zarf.zip_bytes, "stored")
    assert gib.said(zarf.instance_id).code == 1000
    assert gib.documents(zarf.instance_id) == []
    assert gib.work() == 1
    assert gib.said(zarf.instance_id).code == 1200
    (document,) = gib.documents(zarf.instance_id)
    assert document.tenant_id == gib.bora


def test_what_is_wrong_with_a_call_is_a_typed_fault(gib: Gib) -> None:
    zarf = gib.zarf()
    assert gib.push(zarf, md5="0" * 32).fault == 2000
    assert gib.push(zarf, name="zarf.zip").fault == 2006
    assert gib.push(zarf, name=f"../{zarf.file_name}").fault == 2006
    assert gib.ask(uuid4()).fault == 2004
    assert gib.push(zarf).fault == 0
    assert gib.push(zarf).fault == 2001
    assert len(gib.claims()) == 1


def test_nobody_but_gib_finds_a_service_here(gib: Gib) -> None:
    assert gib.push(gib.zarf(), address="203.0.113.9").status == 404
    stranger = {"REMOTE_ADDR": "203.0.113.9"}
    assert gib.client.get(f"{LIVE}?wsdl", environ_overrides=stranger).status_code == 404


def test_the_contract_is_served_and_read_by_a_foreign_client(gib: Gib, tmp_path) -> None:
    for path in (LIVE, TEST):
        answer = gib.client.get(f"{path}?wsdl")
        file = tmp_path / "contract.wsdl"
        file.write_bytes(answer.data)
        client = Client(str(file), transport=Transport())
        (service,) = client.wsdl.services.values()
        (port,) = service.ports.values()
        assert sorted(port.binding._operations) == ["getApplicationResponse", "sendDocument"]
        assert port.binding_options["address"].endswith(path)


def test_hostile_messages_are_refused_before_anything_is_stored(gib: Gib) -> None:
    before = gib.rows("SELECT count(*) FROM incoming_zarf")
    xop = 'multipart/related; boundary="b"; type="application/xop+xml"'
    bomb = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    foreign = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    hostile = [
        (b"", "application/soap+xml"),
        (b"not xml", "application/soap+xml"),
        (bomb, "application/soap+xml"),
        (foreign, "application/soap+xml"),
        (b"<x/>", "text/html"),
        (b"--b\r\n\r\nroot", xop),
        (b"--b--", xop),
        (b"--b\r\nContent-ID: <a>\r\n\r\n" * 5000 + b"\r\n--b--\r\n", xop),
        (b"x" * 1000, "multipart/related"),
        (gzip.compress(b"<x/>"), "application/soap+xml"),
        (b"<a>" * 100_000, "application/soap+xml"),
    ]
    for body, content_type in hostile:
        assert gib.call(body, content_type).status == 400, body[:40]
    assert gib.call(bytes(31 * 1024 * 1024), "application/soap+xml").status == 413
    assert gib.rows("SELECT count(*) FROM incoming_zarf") == before


def test_an_attachment_that_is_not_there_is_no_envelope(gib: Gib) -> None:
    request = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        b'<e:documentRequest xmlns:e="http://gib.gov.tr/vedop3/eFatura"><fileName>%s.zip</fileName><binaryData>'
        b'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:nowhere"/></binaryData>'
        b"</e:documentRequest></s:Body></s:Envelope>"
    ) % str(uuid4()).encode()
    answer = gib.call(request, "application/soap+xml")
    assert (answer.status, etree.QName(answer.body).localname) == (400, "Fault")


def test_the_test_service_reaches_sandboxes_only_and_live_ids_are_not_known_there(gib: Gib) -> None:
    zarf = gib.zarf()
    assert gib.receive(zarf).code == 1200
    assert gib.ask(zarf.instance_id, path=TEST).fault == 2004
    box = Mailbox(f"urn:mail:defaultpk@{BORA.vkn_tckn}.{SANDBOX_MAIL_DOMAIN}", BORA.vkn_tckn, BORA.name)
    again = gib.zarf(zarf_id=zarf.instance_id, receiver=box)  # the same id is another envelope there
    assert gib.receive(again, path=TEST).code == 1200
    # a live mailbox is nobody's at the test service, nor the other way round
    assert gib.receive(gib.zarf(), path=TEST).code == 1181
    assert gib.receive(gib.zarf(receiver=box)).code == 1181
    found = {row.tenant_id for row in gib.documents(zarf.instance_id)}
    sandbox = gib.planted.accounts["bora"].sandbox_id
    assert {str(one) for one in found} == {str(gib.bora), sandbox}


def rights(statement: str) -> None:
    """GRANT or REVOKE, as the tables' owner."""
    with role_session("owner") as session:
        session.execute(text(statement))


@pytest.fixture
def given_back(ground: Settings) -> Iterator[None]:
    """The service has its rights on envelopes again when the test is over."""
    yield
    rights("GRANT SELECT, INSERT ON incoming_zarf TO ebelge_app")


@pytest.mark.usefixtures("given_back")
def test_an_envelope_that_cannot_be_queued_is_fault_2003_and_taken_when_it_is_pushed_again(gib: Gib) -> None:
    zarf = gib.zarf()
    rights("REVOKE INSERT ON incoming_zarf FROM ebelge_app")
    assert (gib.push(zarf).status, gib.push(zarf).fault) == (500, 2003)
    assert gib.rows("SELECT 1 FROM incoming_zarf WHERE zarf_id = :id", id=zarf.instance_id) == []
    rights("GRANT INSERT ON incoming_zarf TO ebelge_app")
    assert gib.receive(zarf).code == 1200
    assert len(gib.documents(zarf.instance_id)) == 1


@pytest.mark.usefixtures("given_back")
def test_an_envelope_that_cannot_be_looked_up_is_fault_2005_and_nothing_is_kept_of_it(gib: Gib) -> None:
    zarf = gib.zarf()
    rights("REVOKE SELECT ON incoming_zarf FROM ebelge_app")
    answer = gib.push(zarf)
    assert (answer.status, answer.fault) == (500, 2005)
    assert not any(key.object_id == zarf.instance_id for one in gib.store.tenants() for key in gib.store.keys(one))
    rights("GRANT SELECT ON incoming_zarf TO ebelge_app")
    assert gib.receive(zarf).code == 1200
