"""Each answer of GİB has a meaning, a reaction and an effect on kontör."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from efatura_kontrol import kontrol

from ebelge.gib.mtom import MessageUnreadable
from ebelge.gib.status_codes import FAULT_CODES, STATUS_CODES, KontorEffect, Reaction, status_of
from ebelge.gib.system_response import read_system_response, write_system_response
from ebelge.gib.zarf import Mailbox

# What GİB's guides advise, by code (Sistem Yanıtı Şema Yapısı v1.5).
ADVISED = {
    Reaction.WAIT: {1000, 1100, 1200, 1210, 1220},
    Reaction.PACKAGING_ERROR: {1110, 1111, 1130, 1131, 1132, 1133, 1140, 1141, 1142, 1143},
    Reaction.GIB_ERROR_RESEND_LATER: {1120, 1162, 1170, 1175, 1180, 1190, 1195},
    Reaction.DOCUMENT_ERROR: {1150, 1160},
    Reaction.SIGNATURE_ERROR: {1161, 1176, 1177},
    Reaction.LOOK_UP_EARLIER: {1163, 1164},
    Reaction.ACCOUNT_ERROR: {1171, 1172},
    Reaction.ADDRESS_ERROR: {1181},
    Reaction.USER_ACCOUNT_ERROR: {1182, 1183},
    Reaction.UNCLEAR: {1191},
    Reaction.RESEND_ALLOWED: {1215, 1230},
    Reaction.FINAL_CANCELLED: {1235},
    Reaction.DELIVERED: {1300},
}


def test_every_status_has_the_advised_reaction():
    found: dict[Reaction, set[int]] = {}
    for row in STATUS_CODES.values():
        found.setdefault(row.reaction, set()).add(row.code)
    assert found == ADVISED


def test_only_a_refused_document_gives_its_kontor_back_at_once():
    assert {c for c, row in STATUS_CODES.items() if row.kontor is KontorEffect.RETURN} == {1150, 1160}


def test_an_undelivered_document_gives_its_kontor_back_only_when_given_up():
    assert status_of(1215).kontor is status_of(1230).kontor is KontorEffect.RETURN_IF_GIVEN_UP


def test_waiting_is_the_only_state_that_is_not_final():
    assert {c for c, row in STATUS_CODES.items() if not row.final} == ADVISED[Reaction.WAIT]


def test_a_code_nobody_knows_is_looked_at_by_a_person_and_costs_nothing_more():
    row = status_of(1999)
    assert (row.reaction, row.kontor, row.final) == (Reaction.UNCLEAR, KontorEffect.KEEP, True)


def test_every_fault_has_words_in_both_languages():
    assert set(FAULT_CODES) == set(range(2000, 2008))
    assert all(row.text_tr and row.text_en for row in (*FAULT_CODES.values(), *STATUS_CODES.values()))


@pytest.mark.parametrize("code", sorted(STATUS_CODES))
def test_a_status_can_be_written_and_read_as_a_system_response(code):
    about = uuid4()
    xml = write_system_response(
        about=about, about_type="SENDERENVELOPE", code=code, text="Türkçe & <metin>",
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        sender=Mailbox("urn:mail:pk@a.example", "1234567808", "A"),
        receiver=Mailbox("urn:mail:gb@b.example", "10000000146", "B C"),
    )  # fmt: skip
    answer = read_system_response(xml, about=about)
    assert (answer.code, answer.text) == (code, "Türkçe & <metin>")
    findings = [f.kod for f in kontrol.kontrol_et(xml.encode()).bulgular]
    # The schematron lists only what a unit may answer; GİB's own later states are not in it.
    assert findings == [] or (code in {1164, 1210, 1215, 1220, 1230, 1235, 1300} and len(findings) == 1)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        '<ApplicationResponse xmlns="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"/>',
    ],
)
def test_what_is_no_system_response_is_not_taken_for_one(answer):
    with pytest.raises(MessageUnreadable):
        read_system_response(answer, about=uuid4())


def test_a_system_response_about_another_envelope_is_not_ours():
    mailbox = Mailbox("a", "1234567808")
    xml = write_system_response(
        about=uuid4(), about_type="SENDERENVELOPE", code=1300, text="", at=datetime.now(UTC), sender=mailbox,
        receiver=mailbox,
    )  # fmt: skip
    with pytest.raises(MessageUnreadable):
        read_system_response(xml, about=uuid4())


def test_gibs_published_system_response_can_be_read(shared_dir):
    xml = (shared_dir / "gib/samples/zarf/gecerli_SYSTEMENVELOPE.xml").read_bytes()
    assert read_system_response(xml, about=UUID("e002da78-223f-438c-addb-16badeb047b5")).code == 1200
