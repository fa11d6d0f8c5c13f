"""Leads: once per form, bounded, worked on with a history; a reseller reaches what was assigned to him and no more."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ebelge.core.clock import utc_now
from ebelge.core.db import reseller_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.jobs import enquiries as desk_of_letters
from tenants.leads import desk
from tenants.leads.desk import UnlawfulLeadMove, Worker
from tenants.leads.enquiries import MESSAGE_MAX, Enquiry
from tenants.leads.fields import InvalidForm
from tests.orders import shop
from tests.signup import office

pytestmark = pytest.mark.usefixtures("published")
AYLIN = Worker("person:1", "Aylin")


def enquiry(**changed: Any) -> Enquiry:
    values = {
        "source": "request", "topic": "product", "full_name": "Defne Su", "email": office.address(), "language": "tr",
        "address": "192.0.2.7", "form_key": secrets.token_urlsafe(16), "company": "Su Ltd.", "city": "İzmir",
        "phone": "0232 000 00 00", "documents": "1.200", "product": "gib-portal", "services": ["efatura", "nonsense"],
    }  # fmt: skip
    return Enquiry(**(values | changed))


def sent(**changed: Any) -> Any:
    """The lead that a form became."""
    operator, one = office.operator(), enquiry(**changed)
    desk_of_letters.receive(one)
    with tenant_session(operator) as session:
        return next(
            (row for row in desk.leads(session, tenant_id=operator, states=["new", "spam"]) if row.email == one.email),
            None,
        )


def wrong(**changed: Any) -> set[str]:
    office.operator()
    with pytest.raises(InvalidForm) as refused:
        desk_of_letters.receive(enquiry(**changed))
    return set(refused.value.fields)


def work(lead_id: UUID, state: str, worker: Worker = AYLIN) -> None:
    operator = office.operator()
    with tenant_session(operator) as session:
        desk.set_state(session, tenant_id=operator, lead_id=lead_id, state=state, worker=worker, at=utc_now())


def history(lead_id: UUID) -> list[tuple[str, str, str]]:
    operator = office.operator()
    with tenant_session(operator) as session:
        rows = desk.history(session, tenant_id=operator, lead_id=lead_id)
        return [(row.kind, row.text, row.by) for row in rows]


def test_a_request_becomes_a_lead_that_staff_hear_of_and_the_sender_gets_one_plain_line() -> None:
    lead = sent(message="Teklif rica ederim.")
    assert (lead.state, lead.documents_a_month, lead.services) == ("new", 1200, ["efatura"])
    assert history(lead.lead_id) == [("made", "new", "visitor")]
    assert office.letters(lead.email) == ["lead_received"]
    told = office.read("SELECT facts FROM letter WHERE kind = 'lead_new' AND occasion LIKE :o", o=f"%{lead.lead_id}%")
    assert told[0].facts["product"] == "GİB Portal"
    (plain,) = office.read("SELECT facts::text AS f FROM letter WHERE :e = ANY(recipients)", e=lead.email)
    assert plain.f == "{}"


def test_the_same_form_is_one_lead_and_an_address_gets_one_line_a_day() -> None:
    one = enquiry()
    for _ in range(3):
        desk_of_letters.receive(one)
    desk_of_letters.receive(enquiry(email=one.email))
    assert len(office.read("SELECT 1 FROM lead WHERE email = :e", e=one.email)) == 2
    assert office.letters(one.email) == ["lead_received"]


def test_every_field_is_checked_at_once_and_told_by_name() -> None:
    assert wrong(full_name=" ", email="defne", company="", city="", phone="x", product="", documents="çok") == {
        "full_name", "email", "company", "city", "phone", "product", "documents",
    }  # fmt: skip
    assert wrong(vkn_tckn="1234567891", company="x" * 121, message="x" * (MESSAGE_MAX + 1)) == {
        "vkn_tckn", "company", "message",
    }  # fmt: skip
    assert wrong(source="contact", topic="duplicate", message="") == {"topic", "message"}
    assert wrong(documents="9" * 30) == {"documents"}


def test_the_senders_own_words_for_a_product_are_kept() -> None:
    assert sent(product="other", product_other="Kendi Excel'imiz").product == "Kendi Excel'imiz"
    assert sent(product="other").product == "other"


def test_advertising_is_kept_as_spam_and_answered_by_nobody() -> None:
    lead = sent(message="http://a.example https://b.example www.c.example")
    assert lead.state == "spam"
    assert office.letters(lead.email) == []
    assert office.read("SELECT 1 FROM letter WHERE occasion LIKE :o", o=f"%{lead.lead_id}%") == []
    operator = office.operator()
    with tenant_session(operator) as session:
        assert lead.lead_id not in [row.lead_id for row in desk.leads(session, tenant_id=operator)]


def test_control_signs_and_hidden_letters_are_taken_out() -> None:
    lead = sent(message="bir\x00iki\r\n\r\n\r\n\r\nüç\u202e", full_name="Defne\r\nBcc: x")
    assert (lead.message, lead.full_name) == ("biriki\n\nüç", "Defne Bcc: x")


def test_a_lead_goes_its_way_by_the_table_and_each_step_is_a_line() -> None:
    lead = sent()
    for state in ("contacted", "offered", "won"):
        work(lead.lead_id, state)
    with pytest.raises(UnlawfulLeadMove):
        work(lead.lead_id, "new")
    with pytest.raises(UnlawfulLeadMove):
        work(lead.lead_id, "nonsense")
    assert [text for _, text, _ in history(lead.lead_id)] == ["new", "contacted", "offered", "won"]


def test_a_privacy_request_must_be_answered_within_thirty_days_and_stands_in_its_own_queue() -> None:
    lead = sent(source="contact", topic="privacy", message="Verilerimi istiyorum.")
    operator = office.operator()
    with tenant_session(operator) as session:
        queue = desk.privacy_requests(session, tenant_id=operator)
        assert lead.lead_id in [row.lead_id for row in queue]
    assert (lead.next_on - lead.created_at.date()).days in (30, 31)
    (asked,) = office.read("SELECT kind, state, note FROM privacy_request WHERE contact = :e", e=lead.email)
    assert tuple(asked) == ("information", "open", f"lead {lead.lead_id}")
    work(lead.lead_id, "lost")
    with tenant_session(operator) as session:
        assert lead.lead_id not in [row.lead_id for row in desk.privacy_requests(session, tenant_id=operator)]


def test_a_reseller_reaches_what_was_assigned_to_him_and_works_on_it_until_it_goes_to_another() -> None:
    operator = office.operator()
    ceren, deniz = shop.customer("Ceren Ltd.", kind="reseller"), shop.customer("Deniz Ltd.", kind="reseller")
    office.write_to(ceren, office.address("ceren"))
    lead, other = sent(), sent()
    desk_of_letters.assign(operator, lead.lead_id, worker=AYLIN, reseller=(ceren, "Ceren Ltd."))
    worker = Worker("person:2", "Ceren", reseller=True)
    assert [row.tenant_id for row in office.read(
        "SELECT tenant_id FROM letter WHERE kind = 'lead_assigned' AND occasion LIKE :o", o=f"%{lead.lead_id}%"
    )] == [ceren]  # fmt: skip
    with reseller_session(ceren) as session:
        assert [row.lead_id for row in desk.leads(session, tenant_id=operator)] == [lead.lead_id]
        desk.set_state(
            session, tenant_id=operator, lead_id=lead.lead_id, state="contacted", worker=worker, at=utc_now()
        )
        desk.set_next(
            session, tenant_id=operator, lead_id=lead.lead_id, on=date(2026, 12, 7), worker=worker, at=utc_now()
        )
        desk.note(session, tenant_id=operator, lead_id=lead.lead_id, text="Aradım.", worker=worker, at=utc_now())
        with pytest.raises(NotFound):
            desk.get(session, tenant_id=operator, lead_id=other.lead_id)
        with pytest.raises(UnlawfulLeadMove):
            desk.set_state(session, tenant_id=operator, lead_id=lead.lead_id, state="spam", worker=worker, at=utc_now())
    with reseller_session(deniz) as session:
        assert desk.leads(session, tenant_id=operator) == []
        assert session.execute(text("SELECT 1 FROM lead_event")).all() == []
    desk_of_letters.assign(operator, lead.lead_id, worker=AYLIN, reseller=(deniz, "Deniz Ltd."))
    with reseller_session(ceren) as session:
        assert session.execute(text("SELECT 1 FROM lead UNION ALL SELECT 1 FROM lead_event")).all() == []
    assert [by for *_, by in history(lead.lead_id)] == ["visitor", "Aylin", "Ceren", "Ceren", "Ceren", "Aylin"]


def test_the_database_alone_keeps_a_reseller_from_giving_a_lead_on() -> None:
    operator, ceren = office.operator(), shop.customer("Ceren Ltd.", kind="reseller")
    lead = sent()
    desk_of_letters.assign(operator, lead.lead_id, worker=AYLIN, reseller=(ceren, "Ceren Ltd."))
    with pytest.raises(DBAPIError), reseller_session(ceren) as session:
        session.execute(text("UPDATE lead SET reseller_id = gen_random_uuid()"))
    with pytest.raises(DBAPIError), reseller_session(ceren) as session:
        session.execute(text("DELETE FROM lead_event"))


def test_a_customers_session_sees_no_lead() -> None:
    sent()
    with tenant_session(shop.customer()) as session:
        assert session.execute(text("SELECT 1 FROM lead UNION ALL SELECT 1 FROM lead_event")).all() == []
