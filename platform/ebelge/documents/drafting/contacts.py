"""The address book: whom a tenant invoices or buys from. One card per taxpayer; final consumers may be many."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from stdnum.tr import tckimlik, vkn

from ebelge.core.errors import Conflict, DomainError, NotFound
from ebelge.core.folding import fold
from ebelge.core.ids import new_id
from ebelge.documents.drafting.book import ENTRIES_MAX, Book
from ebelge.documents.drafting.models import Contact
from ebelge.documents.registered.taxpayer import NEVER_REGISTERED
from ebelge.ubl.types import id_scheme
from tenants.fields import Checks

SUGGESTED: Final = 50


class ContactExists(Conflict):
    """There is a card of this taxpayer already; `contact_id` is its id."""

    code = "contact_exists"
    title_tr, title_en = "Bu VKN/TCKN kişilerinizde var", "This VKN/TCKN is among your contacts"
    advice_tr = "Hiçbir şey kaydedilmedi. Var olan kişiyi açıp değiştirin."
    advice_en = "Nothing was stored. Open the contact that is there and change it."


class TooManyContacts(Conflict):
    """The address book is full."""

    code = "too_many_contacts"
    title_tr, title_en = "Kişi sayısı sınırına ulaşıldı", "There can be no more contacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData:
    """A card as people fill it in. A person has `first_name` and `family_name`, a firm its `title`."""

    vkn_tckn: str
    title: str = ""
    first_name: str | None = None
    family_name: str | None = None
    tax_office: str | None = None
    street: str | None = None
    building_number: str | None = None
    district: str | None = None
    city: str | None = None
    postal_zone: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    alias: str | None = None
    note: str | None = None


LENGTHS: Final[Mapping[str, int]] = {
    "first_name": 100, "family_name": 100, "tax_office": 100, "street": 250, "building_number": 30, "district": 100,
    "city": 100, "postal_zone": 10, "country": 60, "alias": 255, "note": 1000,
}  # fmt: skip
NOTED: Final = (
    "vkn_tckn", "title", "first_name", "family_name", "tax_office", "street", "district", "city", "email", "phone",
    "alias",
)  # fmt: skip


def get(session: Session, *, tenant_id: UUID, contact_id: UUID) -> Contact:
    """A card. :raises NotFound: there is none."""
    row = session.get(Contact, (tenant_id, contact_id))
    if row is None:
        raise NotFound("Kişi bulunamadı.", "There is no such contact.")
    return row


def of_number(session: Session, *, tenant_id: UUID, vkn_tckn: str) -> Contact | None:
    """The card of a taxpayer, the one changed last where an import has brought several."""
    found = select(Contact).where(Contact.tenant_id == tenant_id, Contact.vkn_tckn == vkn_tckn)
    order = func.coalesce(Contact.changed_at, Contact.created_at)
    return session.scalars(found.order_by(order.desc(), Contact.contact_id).limit(1)).first()


def listed(
    session: Session, *, tenant_id: UUID, wanted: str = "", after: tuple[str, UUID] | None = None, limit: int = 50
) -> Sequence[Contact]:
    """Cards by title; `wanted`: the beginning of a VKN or TCKN, or words of the title, without Turkish dots."""
    found = page_statement(tenant_id, wanted, after)
    return session.scalars(found.limit(limit)).all()


def page_statement(tenant_id: UUID, wanted: str, after: tuple[str, UUID] | None) -> Select[Contact]:
    """The statement of `listed`, without its limit."""
    found = select(Contact).where(Contact.tenant_id == tenant_id)
    digits = "".join(wanted.split())
    if digits.isascii() and digits.isdecimal():
        found = found.where(Contact.vkn_tckn.startswith(digits))
    else:
        for word in fold(wanted).split():
            found = found.where(Contact.folded_title.contains(word, autoescape=True))
    return BOOK.begun(found, after)


def add(session: Session, *, tenant_id: UUID, data: ContactData, by: str, at: datetime, alone: bool = True) -> Contact:
    """Enter a card; not `alone`: one of a file, which is counted and noted as a whole.

    :raises InvalidFields: 422. :raises ContactExists, TooManyContacts: 409.
    """
    clean = checked(data)
    number = str(clean["vkn_tckn"])
    there = of_number(session, tenant_id=tenant_id, vkn_tckn=number)
    if there is not None and number not in NEVER_REGISTERED:
        raise ContactExists(contact_id=str(there.contact_id))
    if alone and BOOK.is_full(session, tenant_id=tenant_id):
        raise TooManyContacts(f"En çok {ENTRIES_MAX} kişi.", f"At most {ENTRIES_MAX} contacts.")
    row = Contact(tenant_id=tenant_id, contact_id=new_id(), created_at=at, changed_at=at, **clean)
    BOOK.store(session, row)
    if alone:
        BOOK.note(session, row, BOOK.added, {}, by=by, at=at)
    return row


def change(session: Session, *, tenant_id: UUID, contact_id: UUID, data: ContactData, by: str, at: datetime) -> Contact:
    """Change a card. :raises NotFound: 404. :raises InvalidFields: 422. :raises ContactExists: 409."""
    row = get(session, tenant_id=tenant_id, contact_id=contact_id)
    clean = checked(data)
    there = of_number(session, tenant_id=tenant_id, vkn_tckn=str(clean["vkn_tckn"]))
    if there is not None and there.contact_id != contact_id and there.vkn_tckn not in NEVER_REGISTERED:
        raise ContactExists(contact_id=str(there.contact_id))
    BOOK.alter(session, row, clean, by=by, at=at)
    return row


def delete_one(session: Session, *, tenant_id: UUID, contact_id: UUID, by: str, at: datetime) -> None:
    """Take a card out of the book. Documents keep what they say. :raises NotFound: there is none."""
    BOOK.take_out(session, get(session, tenant_id=tenant_id, contact_id=contact_id), by=by, at=at)


def keep(session: Session, *, tenant_id: UUID, data: ContactData, by: str, at: datetime) -> None:
    """Enter whoever a document was sent to, if he is not there yet; what is no whole card is not kept: the document is
    what counts."""
    if data.vkn_tckn in NEVER_REGISTERED or of_number(session, tenant_id=tenant_id, vkn_tckn=data.vkn_tckn):
        return
    try:
        with session.begin_nested():
            add(session, tenant_id=tenant_id, data=data, by=by, at=at)
    except DomainError:
        return


def checked(data: ContactData) -> dict[str, Any]:
    """The columns of a card. :raises InvalidFields: one or more fields are wrong."""
    check = Checks()
    number = "".join(data.vkn_tckn.split())
    if not (tckimlik if len(number) == 11 else vkn).is_valid(number) and number not in NEVER_REGISTERED:
        check.refuse("vkn_tckn", "Geçerli bir VKN (10 hane) ya da TCKN (11 hane) yazın.",
                     "Write a valid VKN (10 digits) or TCKN (11 digits).")  # fmt: skip
    person = id_scheme(number) == "TCKN"
    clean: dict[str, Any] = {"vkn_tckn": number}
    for name, longest in LENGTHS.items():
        clean[name] = check.text(name, asdict(data)[name], longest=longest)
    clean["email"] = check.email("email", data.email)
    clean["phone"] = check.phone("phone", data.phone)
    clean["country"] = clean["country"] or "Türkiye"
    named = " ".join(part for part in (clean["first_name"], clean["family_name"]) if part) if person else ""
    clean["title"] = check.text("title", data.title or named, longest=300, needed=True) or ""
    if person and not (clean["first_name"] and clean["family_name"]):
        clean["first_name"], clean["family_name"] = split_name(clean["title"], family=clean["family_name"] or "")
    if not person:
        clean["first_name"] = clean["family_name"] = None
    check.done()
    clean["folded_title"] = fold(clean["title"])
    return clean


def split_name(name: str, *, family: str = "") -> tuple[str, str]:
    """First names and family name of a person: the last word is the family name, unless `family` says more."""
    words = " ".join(name.split())
    if family and words.endswith(f" {family}"):
        return words.removesuffix(family).strip(), family
    first, _, last = words.rpartition(" ")
    return first, last


def _noted(row: Contact) -> dict[str, object]:
    return {name: getattr(row, name) or "" for name in NOTED}


BOOK: Final = Book(
    "contact", Contact, Contact.contact_id, Contact.folded_title, ContactExists, _noted,
    added="contact.added", changed="contact.changed", deleted="contact.deleted",
)  # fmt: skip
