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
from stdnum.tr import tckimlik, vkn

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import DomainError
from ebelge.core.ids import new_id
from tenants.leads.choices import CONTACT_TOPICS, PRODUCTS
from tenants.leads.models import Lead, LeadEvent
from tenants.people import persons
from tenants.services import SERVICES

TEXT_MAX: Final = 120
MESSAGE_MAX: Final = 4_000
DOCUMENTS_MAX: Final = 100_000_000
# More links than that is advertising: it is kept, seen by who looks for it, and answered by nobody.
LINKS_MAX: Final = 2
# A request under KVKK art. 11 is answered within thirty days (art. 13).
PRIVACY_DAYS: Final = 30
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,22}[0-9]")


class InvalidEnquiry(DomainError):
    """A field of the form cannot be taken; `fields` says which, in both languages."""

    code, http_status = "invalid_enquiry", 422
    title_tr, title_en = "Formda düzeltilecek alanlar var", "Some fields need to be corrected"

    def __init__(self, fields: dict[str, tuple[str, str]]) -> None:
        super().__init__(
            " ".join(turkish for turkish, _ in fields.values()), " ".join(english for _, english in fields.values())
        )
        self.fields = fields


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

    :raises InvalidEnquiry: fields that cannot be taken; nothing was entered.
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
    """The form's fields as they are kept. :raises InvalidEnquiry: all that cannot be taken, at once."""
    wrong: dict[str, tuple[str, str]] = {}
    name, email = _name(enquiry.full_name, wrong), _email(enquiry.email, wrong)
    request = enquiry.source == "request"
    company = _line("company", enquiry.company, wrong, needed=request)
    city = _line("city", enquiry.city, wrong, needed=request)
    number = "".join(enquiry.vkn_tckn.split())
    if number and not (tckimlik.is_valid(number) or vkn.is_valid(number)):
        wrong["vkn_tckn"] = ("VKN ya da TCKN geçersiz; rakamları denetleyin.", "The VKN or TCKN is invalid.")
    phone = " ".join(enquiry.phone.split())
    if (request or phone) and not _PHONE.fullmatch(phone):
        wrong["phone"] = ("Telefonu alan koduyla yazın.", "Write the phone number with its area code.")
    message = clean(enquiry.message)
    if not request and enquiry.source == "contact" and not message:
        wrong["message"] = ("Mesajınızı yazın.", "Write your message.")
    if len(message) > MESSAGE_MAX:
        wrong["message"] = (f"Mesaj en çok {MESSAGE_MAX} karakter olabilir.", f"At most {MESSAGE_MAX} characters.")
    if enquiry.source == "contact" and enquiry.topic not in CONTACT_TOPICS:
        wrong["topic"] = ("Bir konu seçin.", "Choose a topic.")
    product = _product(enquiry, wrong, needed=request)
    documents = _documents(enquiry.documents, wrong)
    if wrong:
        raise InvalidEnquiry(wrong)
    return {
        "source": enquiry.source,
        "topic": enquiry.topic,
        "full_name": name,
        "company": company,
        "vkn_tckn": number,
        "phone": phone,
        "email": email,
        "city": city,
        "documents_a_month": documents,
        "product": product,
        "services": [name for name in SERVICES if name in enquiry.services],
        "message": message,
        "may_call": enquiry.may_call,
        "language": "en" if enquiry.language == "en" else "tr",
        "address": enquiry.address,
    }


def clean(text: str) -> str:
    """Text without control characters, line ends as \\n, no more than two in a row."""
    plain = "".join(
        sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if sign == "\n" or sign.isprintable()
    )
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _name(typed: str, wrong: dict[str, tuple[str, str]]) -> str:
    try:
        return persons.plain_name(typed)
    except persons.InvalidPerson as error:
        wrong["full_name"] = (error.detail_tr, error.detail_en)
        return ""


def _email(typed: str, wrong: dict[str, tuple[str, str]]) -> str:
    try:
        return persons.plain_email(typed)
    except persons.InvalidPerson as error:
        wrong["email"] = (error.detail_tr, error.detail_en)
        return ""


def _line(field: str, typed: str, wrong: dict[str, tuple[str, str]], *, needed: bool) -> str:
    line = " ".join(clean(typed).split())
    if needed and not line:
        wrong[field] = {
            "company": ("Şirket unvanını yazın.", "Write the company's name."),
            "city": ("Şehri yazın.", "Write the city."),
        }[field]
    elif len(line) > TEXT_MAX:
        wrong[field] = (f"En çok {TEXT_MAX} karakter yazılabilir.", f"At most {TEXT_MAX} characters.")
    return line


def _product(enquiry: Enquiry, wrong: dict[str, tuple[str, str]], *, needed: bool) -> str:
    if enquiry.product == "other":
        return _line("product", enquiry.product_other, wrong, needed=False) or "other"
    if enquiry.product in PRODUCTS or (not enquiry.product and not needed):
        return enquiry.product
    wrong["product"] = ("Şu an hangi ürünü kullandığınızı seçin.", "Choose the product you use now.")
    return ""


def _documents(typed: str, wrong: dict[str, tuple[str, str]]) -> int:
    digits = typed.strip().replace(".", "").replace(" ", "")
    if not digits:
        return 0
    if digits.isascii() and digits.isdecimal() and len(digits) < 12 and int(digits) <= DOCUMENTS_MAX:
        return int(digits)
    wrong["documents"] = ("Aylık belge sayısını rakamla yazın.", "Write the number of documents as a figure.")
    return 0
