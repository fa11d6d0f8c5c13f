"""From a form to a lead: bounded, checked, once per form."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.ids import new_id
from tenants.leads.choices import CONTACT_TOPICS, PRODUCTS
from tenants.leads.fields import Fields, clean
from tenants.leads.models import Lead, LeadEvent
from tenants.services import SERVICES

MESSAGE_MAX: Final = 4_000
DOCUMENTS_MAX: Final = 100_000_000
# More links than that is advertising: it is kept, seen by who looks for it, and answered by nobody.
LINKS_MAX: Final = 2
# A request under KVKK art. 11 is answered within thirty days (art. 13).
PRIVACY_DAYS: Final = 30
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)
_COMPANY: Final = ("Şirket unvanını yazın.", "Write the company's name.")
_CITY: Final = ("Şehri yazın.", "Write the city.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """What somebody typed into the request or the contact form, as it came."""

    source: str
    topic: str
    full_name: str
    email: str
    language: str
    address: str
    form_key: str
    company: str = ""
    vkn_tckn: str = ""
    phone: str = ""
    city: str = ""
    documents: str = ""
    product: str = ""
    product_other: str = ""
    services: Sequence[str] = ()
    message: str = ""
    may_call: bool = False


def make(session: Session, *, tenant_id: UUID, enquiry: Enquiry, at: datetime) -> Lead | None:
    """Enter the lead in the operator's account (`tenant_id`); None if this very form has come before.

    :raises InvalidForm: fields that cannot be taken; nothing was entered.
    """
    values = checked(enquiry)
    advertising = len(_LINK.findall(enquiry.message)) + len(_LINK.findall(enquiry.full_name + enquiry.company))
    state = "spam" if advertising > LINKS_MAX else "new"
    lead_id = new_id()
    row = session.execute(
        insert(Lead)
        .values(
            tenant_id=tenant_id,
            lead_id=lead_id,
            state=state,
            form_sha256=hashlib.sha256(enquiry.form_key.encode()).digest(),
            next_on=istanbul_date(at + timedelta(days=PRIVACY_DAYS)) if enquiry.topic == "privacy" else None,
            created_at=at,
            changed_at=at,
            **values,
        )
        .on_conflict_do_nothing()
        .returning(Lead.lead_id)
    ).first()
    if row is None:
        return None
    session.add(
        LeadEvent(tenant_id=tenant_id, lead_id=lead_id, event_id=new_id(), kind="made", text=state, by="visitor", at=at)
    )
    session.flush()
    return session.get_one(Lead, (tenant_id, lead_id))


def checked(enquiry: Enquiry) -> dict[str, object]:
    """The form's fields as they are kept. :raises InvalidForm: all that cannot be taken, at once."""
    form, request = Fields(), enquiry.source == "request"
    message = clean(enquiry.message)
    if enquiry.source == "contact":
        if not message:
            form.fault("message", "Mesajınızı yazın.", "Write your message.")
        if enquiry.topic not in CONTACT_TOPICS:
            form.fault("topic", "Bir konu seçin.", "Choose a topic.")
    if len(message) > MESSAGE_MAX:
        form.fault("message", f"Mesaj en çok {MESSAGE_MAX} karakter olabilir.", f"At most {MESSAGE_MAX} characters.")
    values = {
        "source": enquiry.source,
        "topic": enquiry.topic,
        "full_name": form.name("full_name", enquiry.full_name),
        "company": form.line("company", enquiry.company, _COMPANY if request else None),
        "vkn_tckn": form.taxpayer("vkn_tckn", enquiry.vkn_tckn, needed=False),
        "phone": form.phone("phone", enquiry.phone, needed=request),
        "email": form.email("email", enquiry.email),
        "city": form.line("city", enquiry.city, _CITY if request else None),
        "documents_a_month": _documents(form, enquiry.documents),
        "product": product(form, enquiry.product, enquiry.product_other, needed=request),
        "services": [name for name in SERVICES if name in enquiry.services],
        "message": message,
        "may_call": enquiry.may_call,
        "language": "en" if enquiry.language == "en" else "tr",
        "address": enquiry.address,
    }
    form.refuse()
    return values


def product(form: Fields, chosen: str, other: str, *, needed: bool) -> str:
    """The product in use: one of the list, or the visitor's own words for it."""
    if chosen == "other":
        return form.line("product", other) or "other"
    if chosen in PRODUCTS or (not chosen and not needed):
        return chosen
    return form.fault("product", "Şu an hangi ürünü kullandığınızı seçin.", "Choose the product you use now.")


def _documents(form: Fields, typed: str) -> int:
    digits = typed.strip().replace(".", "").replace(" ", "")
    if not digits:
        return 0
    if digits.isascii() and digits.isdecimal() and len(digits) < 12 and int(digits) <= DOCUMENTS_MAX:
        return int(digits)
    form.fault("documents", "Aylık belge sayısını rakamla yazın.", "Write the number of documents as a figure.")
    return 0
