"""From the form to the live account by the mails that really went out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session
from ebelge.jobs import letters, person_letters, signing_up, stopping
from ebelge.outbox import relay
from tenants.applications.applications import Decider
from tenants.audit.entries import Actor
from tests.signup import office
from tests.signup.visits import filled
from tests.strangers.mail import Mail, mail_server

pytestmark = pytest.mark.usefixtures("published")
WORK = {"letter.send": letters.work, "person.letter": person_letters.work}


@pytest.fixture
def mail(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    """The mail server of all, and workers that know it."""
    with mail_server(tmp_path) as running:
        monkeypatch.setenv("EBELGE_SMTP_PORT", str(running.smtp_port))
        current_settings.cache_clear()
        stopping.requested.clear()
        yield running
        monkeypatch.undo()
        current_settings.cache_clear()


def deliver() -> None:
    """The workers write and send what is due."""
    while True:
        with role_session("relay") as session:
            relay.promote(session, at=utc_now())
            claims = relay.claim(session, queue="mail", limit=100, turns=relay.Turns(), at=utc_now())
        if not claims:
            return
        for topic, work in WORK.items():
            work([claim for claim in claims if claim.topic == topic], claimed_at=utc_now())


def got(mail: Mail, address: str) -> list[EmailMessage]:
    deliver()
    numbers = [one["number"] for one in mail.messages() if address in one["to"]]
    return [message_from_bytes(mail.raw(n), policy=default) for n in numbers]  # type: ignore[misc]  # the policy's kind


def plain(message: Any) -> str:
    return message.get_body(("plain",)).get_content()


def test_an_applicant_is_led_by_his_mails_from_the_form_to_the_live_account(browser, mail: Mail) -> None:
    here, fields = browser(), filled()
    here.submit("/sign-up", **fields)
    (asked,) = got(mail, fields["email"])
    said = plain(asked)
    assert "Su & Ateş" not in said, "what was typed is not sent on to an address that anybody can type"
    link = re.search(r"https?://[^/\s]+(/sign-in/confirm/\S+)", said)[1]
    assert here.sign_in(fields["email"]).status_code == 200, "not yet confirmed"
    assert here.submit(link).status_code == 200
    assert here.sign_in(fields["email"]).status_code == 303
    made = office.account(fields["vkn_tckn"])
    assert made.application == "waiting"
    assert any("Su & Ateş" in message["Subject"] for message in got(mail, "staff@ebelge.example"))
    decider = Decider(Actor("person", "0197", name="Aylin"), "staff")
    signing_up.ask(made.tenant_id, made.application_id, what="İmza sirküleri", decider=decider)
    signing_up.activate(made.tenant_id, made.application_id, decider=decider)
    asked_for, activated = got(mail, fields["email"])[-2:]
    assert "İmza sirküleri" in plain(asked_for)
    assert activated["Subject"] in ("Hesabınız etkinleştirildi", "Your account is active")
    assert "kendi adımlarıyla" in plain(activated), "the other language stands below"
    assert "its own steps" in plain(activated)


def test_a_known_address_gets_a_mail_that_says_so_and_no_link_to_confirm(browser, mail: Mail) -> None:
    fields = filled()
    browser().submit("/sign-up", **fields)
    office.confirm(fields["email"])
    deliver()
    before = len(got(mail, fields["email"]))
    browser().submit("/sign-up", **filled(email=fields["email"]))
    (told,) = got(mail, fields["email"])[before:]
    assert "/sign-in?next=/sign-up" in plain(told)
    assert "confirm" not in plain(told)
