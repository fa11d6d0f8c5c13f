"""The sign-up form as it was typed, checked into a registration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ebelge.onboarding.sign_up import Applicant, Registration
from tenants.accounts import Identity
from tenants.leads.enquiries import product
from tenants.leads.fields import Fields
from tenants.people import password_rules
from tenants.services import RULES, SERVICES
from tenants.texts.kinds import KINDS

_NEEDED: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Unvanı yazın; şahıs işletmesinde ad ve soyadı.", "Write the company's name, or first and family name."),
    "tax_office": ("Vergi dairesini yazın.", "Write the tax office."),
    "city": ("İli yazın.", "Write the city."),
    "district": ("İlçeyi yazın.", "Write the district."),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in and applies for a further company."""

    person_id: UUID
    full_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Sent:
    """From where and in which language the form came, and what stood on it besides its fields."""

    language: str
    address: str
    agent: str
    form_key: str
    reseller_id: UUID | None


def check(
    typed: Mapping[str, str], *, services: Sequence[str], texts: Mapping[str, str], person: Person | None, sent: Sent
) -> Registration:
    """A registration out of the fields. `texts`: versions in force by kind. The password is checked, not yet hashed.

    :raises InvalidForm: all fields that cannot be taken, at once.
    """
    form = Fields()

    def field(name: str) -> str:
        return typed.get(name, "")

    lines = {name: form.line(name, field(name), needed) for name, needed in _NEEDED.items()}
    number = form.taxpayer("vkn_tckn", field("vkn_tckn"), needed=True)
    names = lines["title"].rsplit(" ", 1)
    if len(number) == 11 and len(names) < 2 and "title" not in form.wrong:
        form.fault("title", "TCKN ile ad ve soyadı yazın.", "With a TCKN write first and family name.")
    own_email = person.email if person is not None else field("email")
    person_names = names if len(number) == 11 and len(names) == 2 else [None, None]
    identity = Identity(
        vkn_tckn=number, title=lines["title"], district=lines["district"], city=lines["city"],
        first_name=person_names[0], family_name=person_names[1], tax_office=lines["tax_office"],
        street=form.line("street", field("street")) or None,
        email=form.email("company_email" if field("company_email") else "email", field("company_email") or own_email),
        phone=form.phone("phone", field("phone"), needed=True),
    )  # fmt: skip
    applicant = _applicant(form, typed, person, sent.language)
    wanted = [name for name in SERVICES if name in services]
    for name in wanted:
        if missing := [first for first in RULES[name].needs_first if first not in wanted]:
            form.fault(
                "services", f"{SERVICES[name][0]} için önce {SERVICES[missing[0]][0]} seçilmelidir.",
                f"{SERVICES[name][0]} needs {SERVICES[missing[0]][0]} first.",
            )  # fmt: skip
    seen = _seen(form, typed, texts)
    chosen = product(form, field("product"), field("product_other"), needed=False)
    form.refuse()
    return Registration(
        applicant=applicant, identity=identity, services=wanted, product=chosen, package_code=field("package")[:40],
        reseller_id=sent.reseller_id, seen=seen, form_key=sent.form_key, address=sent.address, agent=sent.agent,
    )  # fmt: skip


def _applicant(form: Fields, typed: Mapping[str, str], person: Person | None, language: str) -> Applicant:
    if person is not None:
        return Applicant(person.full_name, person.email, language, person_id=person.person_id)
    email = form.email("email", typed.get("email", ""))
    name = form.name("full_name", typed.get("full_name", ""))
    try:
        password_rules.check(typed.get("password", ""), email=email, full_name=name)
    except password_rules.WeakPassword as error:
        form.fault("password", error.detail_tr, error.detail_en)
    return Applicant(name, email, language)


def _seen(form: Fields, typed: Mapping[str, str], texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """The texts accepted on the form, in the versions that it showed; one that changed meanwhile is asked again."""
    seen = []
    for kind, version in texts.items():
        ticked = typed.get(f"accept_{kind}", "")
        if ticked == version:
            seen.append((kind, version))
        elif ticked and KINDS[kind].required:
            form.fault(f"accept_{kind}", "Bu metin az önce değişti; okuyup yeniden onaylayın.",
                       "This text has just changed; read and accept it again.")  # fmt: skip
        elif KINDS[kind].required:
            form.fault(f"accept_{kind}", "Devam etmek için onaylayın.", "Accept it to go on.")
    return seen
