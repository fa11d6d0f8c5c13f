"""Mails: taken, refused, put off, lost on the way; and nothing from a document can add a header."""

import email
import email.policy
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.travel import undelivered
from ebelge.notify import letters
from ebelge.notify.letters import InvalidAddress, document_letter
from ebelge.notify.mailer import Mailer
from tenants.audit.entries import command
from tenants.company import settings as company_settings

LETTER = document_letter(
    mail_id=uuid4(), recipient="ceren@posta.example", sender_title="Akın Ltd. Şti.", sender_email="a@akin.example",
    buyer_title="Ceren Işık", kind="earsiv", number="AKA2026000000001", issue_date=date(2026, 11, 23),
    payable_kurus=1_250_75, currency="TRY", link="https://belge.example/b/x", sandbox=False, attachment=b"<Invoice/>",
)  # fmt: skip


def _mailed(world, address, n=1):
    draft = world.draft("earsiv", n=n)
    draft["buyer"]["email"] = address
    (document_id,) = world.submit(draft)
    world.work("sign")
    return document_id


def _mail_rows(world):
    return world.rows("SELECT state, detail FROM mail_delivery WHERE tenant_id = :akin ORDER BY mail_id")


def test_a_refusal_for_good_is_undelivered_and_kept_kontor(world):
    world.mail.rule("gone@posta.example", "refuse")
    document_id = _mailed(world, "gone@posta.example")
    world.settle()
    assert world.document(document_id).state == "undelivered"
    assert _mail_rows(world) == [("refused", "550 5.1.1 No such mailbox here")]
    assert world.charges() == {"captured": 1}


def test_a_mail_put_off_is_tried_again_and_arrives_once(world):
    world.mail.rule("busy@posta.example", "defer", times=3)
    document_id = _mailed(world, "busy@posta.example")
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert [m["to"] for m in world.mail.messages()].count(["busy@posta.example"]) == 1


def test_a_broken_line_is_tried_again(world):
    world.mail.rule("drop@posta.example", "drop", times=2)
    document_id = _mailed(world, "drop@posta.example")
    world.settle()
    assert world.document(document_id).state == "delivered"


def test_put_off_for_ever_ends_undelivered(world):
    world.mail.rule("never@posta.example", "defer")
    document_id = _mailed(world, "never@posta.example")
    world.settle()
    assert world.document(document_id).state == "undelivered"
    assert _mail_rows(world)[0][0] == "refused"
    assert world.waiting() == []


def test_mailed_again_to_another_address(world):
    world.mail.rule("old@posta.example", "refuse")
    document_id = _mailed(world, "old@posta.example")
    world.settle()
    with tenant_session(world.akin) as session:
        undelivered.resend(
            session, tenant_id=world.akin, document_id=document_id, buyer_email="new@posta.example", at=utc_now()
        )
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert [state for state, _ in _mail_rows(world)] == ["refused", "taken"]


def test_no_mail_server_costs_time_and_no_attempt(world, monkeypatch):
    from ebelge.core.config import settings
    from ebelge.jobs import tasks

    document_id = _mailed(world, "ceren@posta.example")
    monkeypatch.setenv("EBELGE_SMTP_PORT", "9")
    settings.cache_clear()
    tasks.forget()
    for _ in range(25):
        world.work("mail")
        world.promote()
    assert world.document(document_id).state == "signed"
    monkeypatch.setenv("EBELGE_SMTP_PORT", str(world.mail.smtp_port))
    settings.cache_clear()
    tasks.forget()
    world.settle()
    assert world.document(document_id).state == "delivered"


@pytest.mark.parametrize(
    "field", [{"sender_title": "Akın\r\nBcc: x@y.example"}, {"subject": "a\nBcc: x@y.example"},
              {"reply_to": "a@b.example\r\nBcc: x@y.example"}, {"recipient": "a@b.example\r\nBcc: x@y.example"}],
)  # fmt: skip
def test_nothing_can_add_a_header(field):
    try:
        raw = replace(LETTER, **field).message(mail_from="E <e@e.example>", date_header="x").as_bytes()
    except (InvalidAddress, ValueError):
        return
    assert email.message_from_bytes(raw, policy=email.policy.default)["Bcc"] is None


def test_titles_with_line_breaks_stay_one_line():
    letter = document_letter(
        mail_id=uuid4(), recipient="a@b.example", sender_title="Akın\r\nBcc: x@y.example", sender_email="",
        buyer_title="<b>Ceren</b>\n", kind="emm", number="AKM2026000000001", issue_date=date(2026, 1, 2),
        payable_kurus=100, currency="TRY", link="https://x.example/b/t", sandbox=True, attachment=b"<x/>",
    )  # fmt: skip
    assert letter.subject == "[TEST] Akın Bcc: x@y.example: e-Müstahsil Makbuzu AKM2026000000001"
    assert "<b>" not in letter.html
    assert "&lt;b&gt;Ceren" in letter.html
    message = letter.message(mail_from="Ebelge <e@e.example>", date_header="Mon, 23 Nov 2026 00:00:00 GMT")
    assert message["From"].addresses[0].display_name == "Akın Bcc: x@y.example · Ebelge"


@pytest.mark.parametrize("address", ["", "x", "a@b@c", "a b@c.example", "a@", "@b.example", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused_without_a_server(address):
    mailer = Mailer("127.0.0.1", 9, timeout_s=1, mail_from="Ebelge <e@e.example>")
    assert mailer.send(replace(LETTER, recipient=address)).result == "refused"


def test_the_same_mail_has_the_same_id():
    first, second = (LETTER.message(mail_from="Ebelge <e@e.example>", date_header="x") for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == f"<{LETTER.mail_id}@e.example>"


def test_the_amount_is_written_as_in_turkey():
    assert "1.250,75 TL" in LETTER.text
    assert "1.250,75 TL" in LETTER.html
    assert letters.link("https://b.example/", "tok") == "https://b.example/b/tok"


def test_a_pdf_goes_with_the_xml_where_the_company_wishes_it(world):
    with tenant_session(world.akin) as session:
        company_settings.save(
            session, tenant_id=world.akin, choice=company_settings.Choice(mail_pdf=True), actor=command("t", by="t"),
            at=utc_now(),
        )  # fmt: skip
    document_id = _mailed(world, "pdf@posta.example")
    world.settle()
    (number,) = (m["number"] for m in world.mail.messages() if m["to"] == ["pdf@posta.example"])
    message = email.message_from_bytes(world.mail.raw(number), policy=email.policy.default)
    number = world.document(document_id).number
    files = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert sorted(files) == [f"{number}.pdf", f"{number}.xml"]
    assert files[f"{number}.pdf"].startswith(b"%PDF")
