"""Leads from the forms, with the letters they bring: to staff, to the reseller, and one plain line to who wrote."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, set_tenant, tenant_session
from ebelge.notify import post
from tenants.leads import desk, enquiries
from tenants.leads.choices import TOPICS, product_name
from tenants.leads.desk import Worker
from tenants.leads.enquiries import Enquiry
from tenants.leads.models import Lead
from tenants.privacy import requests
from tenants.resellers import lookup


def receive(enquiry: Enquiry) -> None:
    """Enter what a form brought. The same form again: nothing. :raises InvalidForm: fields that cannot be taken."""
    at = utc_now()
    with role_session("app") as session:
        operator = lookup.operator_id(session)
    with tenant_session(operator) as session:
        lead = enter(session, tenant_id=operator, enquiry=enquiry, at=at)
        if lead is not None and lead.state != "spam":
            # one a day to an address, whatever is sent with it; nothing of what was typed
            post.write_to(
                session, tenant_id=operator, recipient=lead.email, language="en" if lead.language == "en" else "tr",
                kind="lead_received", occasion=f"lead.received {lead.email} {istanbul_date(at)}", facts={}, at=at,
            )  # fmt: skip
    if lead is not None and lead.topic == "privacy" and lead.state != "spam":
        # the queue of privacy is the role people's; until it is there the lead itself bears the day of the answer
        with role_session("people") as session:
            requests.record(session, kind="information", contact=lead.email, note=f"lead {lead.lead_id}", at=at)


def enter(session: Session, *, tenant_id: UUID, enquiry: Enquiry, at: datetime) -> Lead | None:
    """Enter a lead in the operator's session and tell staff; spam is told to nobody."""
    lead = enquiries.make(session, tenant_id=tenant_id, enquiry=enquiry, at=at)
    if lead is not None and lead.state != "spam":
        post.write(
            session, tenant_id=tenant_id, kind="lead_new", occasion=f"lead.new {lead.lead_id}",
            facts=_facts(lead, f"/operator/leads/{lead.lead_id}"), at=at,
        )  # fmt: skip
    return lead


def assign(
    operator: UUID,
    lead_id: UUID,
    *,
    worker: Worker,
    owner: tuple[UUID, str] | None = None,
    reseller: tuple[UUID, str] | None = None,
) -> None:
    """Give a lead to a colleague or a reseller; a reseller whose it was not before gets a letter."""
    at = utc_now()
    with tenant_session(operator) as session:
        before = desk.get(session, tenant_id=operator, lead_id=lead_id).reseller_id
        lead = desk.assign(
            session, tenant_id=operator, lead_id=lead_id, worker=worker, owner=owner, reseller=reseller, at=at
        )
        if reseller is None or reseller[0] == before:
            return
        facts = _facts(lead, f"/reseller/leads/{lead_id}")
        session.flush()
        set_tenant(session, reseller[0])
        post.write(
            session, tenant_id=reseller[0], kind="lead_assigned", occasion=f"lead.assigned {lead_id} {at.isoformat()}",
            facts=facts, at=at,
        )  # fmt: skip
        session.flush()
        set_tenant(session, operator)


def _facts(lead: Lead, path: str) -> dict[str, Any]:
    topic = TOPICS[lead.topic]
    return {
        "topic_tr": topic[0], "topic_en": topic[1], "name": lead.full_name, "company": lead.company,
        "vkn_tckn": lead.vkn_tckn, "phone": lead.phone, "email": lead.email, "city": lead.city,
        "documents": lead.documents_a_month, "product": product_name(lead.product, lead.language),
        "link": f"{settings().public_base_url}{path}",
    }  # fmt: skip
