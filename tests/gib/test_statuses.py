"""What is wrong with an envelope or a document gets GİB's own status, and every status can be ordered."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ebelge.gib.errors import GibFault
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.status_codes import FAULT_CODES, STATUS_CODES, Reaction
from ebelge.gib.taxpayers import Alias, RegisteredUser, write_user_list
from ebelge.gib.zarf import Mailbox, Zarf, pack_zarf
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.examples import AKIN, BORA
from ebelge.ubl.types import DocumentKind


def serve_lists(simulator, vkn: str, *, pk: str, gb: str) -> None:
    """Serve user lists with one user in each, open for invoices only."""
    since = datetime(2024, 1, 1, tzinfo=UTC)
    for kind, alias, number in (("pk", pk, vkn), ("gb", gb, AKIN.vkn_tckn)):
        user = RegisteredUser(number, "X", "OZEL", "OZELENTEGRASYON", (Alias("Invoice", alias, since),))
        simulator.put_list(kind, write_user_list([user]))


@pytest.fixture
def outcome(gateway, settled):
    """Send a zarf; the final status code."""

    def send(zarf):
        gateway.send(zarf)
        return settled(zarf.instance_id).code

    return send


def rewritten(zarf, old: bytes, new: bytes):
    assert old in zarf.xml
    return pack_zarf(zarf.xml.replace(old, new), instance_id=zarf.instance_id)


def test_a_rule_broken_in_the_last_of_many_documents_voids_the_envelope(simulator, paper, outcome):
    bad = paper.document(change=lambda xml: xml.replace(b'unitCode="C62"', b'unitCode="ADET"', 1))
    assert outcome(paper.zarf(*(paper.document() for _ in range(4)), bad)) == 1150
    assert {d["state"] for d in simulator.documents()} == {"refused"}


def test_a_schema_error_is_1160(paper, outcome):
    bad = paper.document(change=lambda xml: xml.replace(b"<cbc:ProfileID>", b"<cbc:Yok/><cbc:ProfileID>"))
    assert outcome(paper.zarf(bad)) == 1160


def test_a_signature_without_a_certificate_is_1161(paper, outcome):
    bad = re.sub(rb"(<ds:X509Certificate>)[^<]+", rb"\1", paper.document())
    assert outcome(paper.zarf(bad)) == 1161


def test_one_byte_changed_after_signing_is_1177(paper, outcome):
    bad = paper.document(note="Sipariş").replace(b"Sipari\xc5\x9f</cbc:Note>", b"Sipari\xc5\x9e</cbc:Note>")
    assert outcome(paper.zarf(bad)) == 1177


def test_a_document_without_a_signature_is_1177(paper, outcome):
    bad = paper.document(signed=False)
    bad = re.sub(rb"<ext:ExtensionContent\s*/>",
                 b'<ext:ExtensionContent><x xmlns="urn:x"/></ext:ExtensionContent>', bad)  # fmt: skip
    assert outcome(paper.zarf(bad)) == 1177


def test_somebody_elses_seal_is_1176(paper, outcome, ca):
    bora = ca.issue(vkn_tckn=BORA.vkn_tckn, name=BORA.name, password="x", at=datetime.now(UTC))
    bad = sign(paper.document(signed=False), Pkcs12Seal.load(bora, "x"), at=datetime.now(UTC))
    assert outcome(paper.zarf(bad)) == 1176


def test_a_seal_of_an_unknown_authority_is_1176(paper, outcome):
    at = datetime.now(UTC)
    seal = DevelopmentCa.create(at=at).issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=at)
    assert outcome(paper.zarf(sign(paper.document(signed=False), Pkcs12Seal.load(seal, "x"), at=at))) == 1176


def test_an_envelope_of_another_version_is_1143(paper, outcome):
    assert outcome(rewritten(paper.zarf(), b"TypeVersion>1.2<", b"TypeVersion>1.0<")) == 1143


def test_a_count_that_is_not_true_is_1150(paper, outcome):
    assert outcome(rewritten(paper.zarf(), b"ElementCount>1<", b"ElementCount>2<")) == 1150


def test_another_id_inside_than_outside_is_1133(paper, outcome):
    zarf = paper.zarf()
    assert outcome(rewritten(zarf, str(zarf.instance_id).encode(), str(uuid4()).encode())) == 1133


def test_a_sender_who_is_not_the_issuer_is_1171(paper, outcome):
    old, new = b"<sh:Contact>4810573263<", b"<sh:Contact>1234567808<"
    assert outcome(rewritten(paper.zarf(), old, new)) == 1171


def test_a_receiver_who_is_not_the_buyer_is_1181(paper, outcome):
    old, new = b"<sh:Contact>1920384751<", b"<sh:Contact>1234567808<"
    assert outcome(rewritten(paper.zarf(), old, new)) == 1181


def final_code(simulator, zarf) -> int:
    """Send to this simulator and ask until there is a final status."""
    end = time.monotonic() + 20
    with SoapGateway(simulator.base_url) as gateway:
        gateway.send(zarf)
        while not (answer := gateway.status(zarf.instance_id)).meaning.final:
            assert time.monotonic() < end
            time.sleep(0.02)
    return answer.code


@pytest.mark.parametrize(
    ("vkn", "pk", "gb", "status"),
    [
        (BORA.vkn_tckn, "urn:mail:defaultpk@bora.example", "urn:mail:defaultgb@akin.example", 1300),
        (BORA.vkn_tckn, "urn:mail:baskapk@bora.example", "urn:mail:defaultgb@akin.example", 1181),
        ("1234567808", "urn:mail:defaultpk@bora.example", "urn:mail:defaultgb@akin.example", 1181),
        (BORA.vkn_tckn, "urn:mail:defaultpk@bora.example", "urn:mail:baskagb@akin.example", 1172),
    ],
)
def test_addresses_are_looked_up_in_the_user_lists(start_simulator, tmp_path, paper, vkn, pk, gb, status):
    simulator = start_simulator(tmp_path, "--answer-delay-ms", "0")
    serve_lists(simulator, vkn, pk=pk, gb=gb)
    assert final_code(simulator, paper.zarf()) == status
    assert simulator.stop() == 0


def test_an_alias_for_invoices_takes_no_despatches(start_simulator, tmp_path, paper):
    simulator = start_simulator(tmp_path, "--answer-delay-ms", "0")
    serve_lists(simulator, BORA.vkn_tckn, pk="urn:mail:defaultpk@bora.example", gb="urn:mail:defaultgb@akin.example")
    assert final_code(simulator, paper.zarf(kind=DocumentKind.EIRSALIYE)) == 1172
    simulator.stop()


class TestDoubles:
    """A document is registered once."""

    @pytest.mark.parametrize(("kind", "status"), [(DocumentKind.EFATURA, 1163), (DocumentKind.EIRSALIYE, 1164)])
    def test_the_same_document_in_a_second_envelope_is_already_registered(self, paper, outcome, kind, status):
        document = paper.document(kind)
        assert outcome(paper.zarf(document, kind=kind)) == 1300
        assert outcome(paper.zarf(document, kind=kind)) == status

    def test_the_same_number_under_a_new_ettn_is_already_registered(self, paper, outcome):
        assert outcome(paper.zarf(paper.document(number="AKN2026900000001"))) == 1300
        assert outcome(paper.zarf(paper.document(number="AKN2026900000001"))) == 1163

    def test_the_same_number_twice_in_one_envelope_is_already_registered(self, paper, outcome):
        documents = [paper.document(number="AKN2026900000009") for _ in range(2)]
        assert outcome(paper.zarf(*documents)) == 1163

    @pytest.mark.parametrize("ended", [1215, 1230])
    def test_an_undelivered_document_may_be_sent_again(self, simulator, paper, outcome, ended):
        document = paper.document()
        simulator.order({"status": ended})
        assert outcome(paper.zarf(document)) == ended
        assert outcome(paper.zarf(document)) == 1300
        assert [d["state"] for d in simulator.documents()] == ["undelivered", "delivered"]

    def test_before_the_attempts_are_over_a_resend_is_1163(self, simulator, gateway, paper, settled, outcome):
        document = paper.document()
        simulator.order({"status": 1210})
        first = paper.zarf(document)
        gateway.send(first)
        settled(first.instance_id, 1210)
        assert outcome(paper.zarf(document)) == 1163

    def test_a_refused_number_is_free_for_its_correction(self, simulator, paper, outcome):
        simulator.order({"status": 1150}, number="AKN2026900000002")
        assert outcome(paper.zarf(paper.document(number="AKN2026900000002"))) == 1150
        assert outcome(paper.zarf(paper.document(number="AKN2026900000002"))) == 1300


class TestOrders:
    """The simulator fails as it is told, where it is told, as often as it is told."""

    @pytest.mark.parametrize("code", sorted(STATUS_CODES))
    def test_every_status_can_be_ordered(self, simulator, gateway, paper, settled, code):
        zarf = paper.zarf()
        simulator.order({"status": code}, instance_id=str(zarf.instance_id))
        gateway.send(zarf)
        answer = settled(zarf.instance_id, code)
        assert answer.meaning.reaction is STATUS_CODES[code].reaction
        assert answer.text == STATUS_CODES[code].text_tr

    @pytest.mark.parametrize("code", sorted(FAULT_CODES))
    def test_every_fault_can_be_ordered(self, simulator, gateway, paper, code):
        simulator.order({"fault": code})
        zarf = paper.zarf()
        with pytest.raises(GibFault) as caught:
            gateway.send(zarf)
        assert (caught.value.fault_code, caught.value.message) == (code, FAULT_CODES[code].text_tr)
        assert gateway.send(zarf).message == "ZARF ALINDI"

    def test_a_way_through_several_statuses_can_be_ordered(self, simulator, gateway, paper, settled):
        simulator.control("PUT", "settings", answer_delay_ms=60)
        simulator.order({"status": 1215, "through": [1200, 1210, 1210, 1210]})
        zarf = paper.zarf()
        gateway.send(zarf)
        assert settled(zarf.instance_id).meaning.reaction is Reaction.RESEND_ALLOWED
        assert simulator.envelope(zarf.instance_id)["history"] == [1000, 1100, 1200, 1210, 1210, 1210, 1215]

    @pytest.mark.parametrize("key", ["number", "ettn", "vkn", "customer"])
    def test_one_document_can_be_singled_out(self, simulator, paper, outcome, key):
        ettn = uuid4()
        values = {"number": "AKN2026900000003", "ettn": str(ettn).upper(), "vkn": BORA.vkn_tckn,
                  "customer": BORA.vkn_tckn}  # fmt: skip
        simulator.order({"status": 1150}, **{key: values[key]})
        if key in ("number", "ettn"):
            assert outcome(paper.zarf()) == 1300
        assert outcome(paper.zarf(paper.document(number="AKN2026900000003", ettn=ettn))) == 1150

    def test_a_note_in_the_document_orders_its_own_refusal(self, paper, outcome):
        assert outcome(paper.zarf(paper.document(note="GIB-SIMULATOR:1150"))) == 1150

    def test_an_order_is_used_up(self, simulator, paper, outcome):
        simulator.order({"status": 1195}, times=2)
        assert [outcome(paper.zarf()) for _ in range(3)] == [1195, 1195, 1300]


class TestPackaging:
    """What is wrong with the call itself is a fault, and nothing is stored."""

    def test_a_hash_that_is_not_the_zips_is_2000(self, gateway, paper, simulator):
        zarf = paper.zarf()
        assert fault(gateway, zarf, md5_hex="0" * 32) == 2000
        assert simulator.control("GET", "envelopes") == []

    def test_an_upper_case_hash_is_taken(self, gateway, paper):
        zarf = paper.zarf()
        assert fault(gateway, zarf, md5_hex=zarf.md5_hex.upper()) is None

    def test_the_same_envelope_twice_is_2001(self, gateway, paper, simulator):
        zarf = paper.zarf()
        assert [fault(gateway, zarf), fault(gateway, zarf)] == [None, 2001]
        assert len(simulator.control("GET", "envelopes")) == 1

    @pytest.mark.parametrize("name", ["fatura.zip", "", "../{0}.zip", "{0}.xml", "{0}.zip\n.exe", "{0}"])
    def test_a_file_name_that_is_no_id_is_2006(self, gateway, paper, name):
        zarf = paper.zarf()
        assert fault(gateway, zarf, file_name=name.format(zarf.instance_id)) == 2006

    def test_an_id_that_differs_from_the_file_inside_is_1142(self, gateway, paper, settled):
        other = uuid4()
        assert fault(gateway, paper.zarf(), file_name=f"{other}.zip") is None
        assert settled(other).code == 1142


def fault(gateway, zarf, **changed) -> int | None:
    try:
        gateway.send(replace(zarf, **changed))
    except GibFault as error:
        return error.fault_code
    return None


@pytest.mark.parametrize(("data", "status"), [(b"nothing", 1110), (b"PK nothing", 1130)])
def test_a_bad_zip_is_answered_later_with_its_status(gateway, settled, data, status):
    instance_id = uuid4()
    gateway.send(Zarf(instance_id, b"", data, hashlib.md5(data).hexdigest(), f"{instance_id}.zip"))
    assert settled(instance_id).code == status


def test_mailboxes_in_the_system_response_are_swapped(simulator, gateway, paper, settled):
    zarf = paper.zarf(sender=Mailbox("urn:mail:subegb@akin.example", AKIN.vkn_tckn))
    gateway.send(zarf)
    settled(zarf.instance_id)
    seen = simulator.envelope(zarf.instance_id)
    assert seen["sender"]["alias"] == "urn:mail:subegb@akin.example"
    assert seen["receiver"]["vkn_tckn"] == BORA.vkn_tckn
