"""What is known of a buyer as soon as his number stands in the form: mailbox, card, what will be made for him."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session
from stdnum.tr import tckimlik, vkn

from ebelge.core.folding import fold
from ebelge.documents.drafting import contacts, products
from ebelge.documents.facts import TenantFacts
from ebelge.documents.registered import taxpayer
from ebelge.documents.registered.taxpayer import DOCUMENT_TYPE, NEVER_REGISTERED, MailboxKey
from ebelge.edge.requests import request_at
from ebelge.ubl.types import DocumentKind, id_scheme
from ebelge.web.invoice_form.identity import FINAL_CONSUMER, of_contact

_LENGTHS: Final = (10, 11)
_ON_PAPER: Final = (
    "E-posta yok: kâğıt (KAGIT) olur, bağlantısını siz iletirsiniz.",
    "No e-mail: it is on paper (KAGIT), you pass the link on.",
)
KIND_OF: Final = {"auto": "efatura", "efatura": "efatura", "earsiv": "earsiv", "eirsaliye": "eirsaliye"}


@dataclass(frozen=True, slots=True)
class Known:
    """`words`: what will be made, in a sentence, with its tone. `fills`: fields that follow and are still empty."""

    words: str = ""
    tone: str = "quiet"
    aliases: tuple[str, ...] = ()
    fills: Mapping[str, str] = field(default_factory=dict)


def known(session: Session, *, tenant: TenantFacts, body: Mapping[str, Any], turkish: bool) -> Known:
    """What the user list, the address book and the products say about what is being written."""
    party = "farmer" if body["kind"] == "emm" else "buyer"
    given = body.get(party)
    given = given if isinstance(given, dict) else {}
    number = str(given.get("vkn") or given.get("tckn") or "")
    fills = _products(session, tenant, body)
    if len(number) not in _LENGTHS or not _valid(number):
        side = 0 if turkish else 1
        wrong = ("Bu numara bir VKN ya da TCKN değil.", "This number is no VKN or TCKN.")[side] if number else ""
        return Known(wrong, "bad", (), fills)
    aliases = _aliases(session, tenant, body["kind"], number)
    card = contacts.of_number(session, tenant_id=tenant.tenant_id, vkn_tckn=number)
    whole = of_contact(card) if card is not None else _strangers(tenant, number, aliases)
    if card is not None and card.alias and card.alias in {one.alias for one in aliases}:
        fills["receiver_alias"] = card.alias
    missing = {name: value for name, value in whole.items() if name != "number" and not _has(given, name)}
    fills |= {f"{party}.{name}": value for name, value in missing.items()}
    if body["kind"] == "eirsaliye":
        fills |= _delivered_to(body, whole | {name: str(value) for name, value in given.items()})
    words, tone = _words(body, number, [one.alias for one in aliases], given, missing, turkish)
    return Known(words, tone, tuple(one.alias for one in aliases), fills)


def _valid(number: str) -> bool:
    return number in NEVER_REGISTERED or bool((tckimlik if id_scheme(number) == "TCKN" else vkn).is_valid(number))


def _has(given: Mapping[str, Any], name: str) -> bool:
    if name in ("name", "family_name"):
        return bool(given.get("name") or given.get("family_name"))
    return bool(given.get(name))


def _aliases(session: Session, tenant: TenantFacts, kind: str, number: str) -> Sequence[taxpayer.OpenAlias]:
    document_type = DOCUMENT_TYPE.get(KIND_OF.get(kind, ""))
    if document_type is None or number in NEVER_REGISTERED:
        return ()
    key = MailboxKey(number, document_type)
    return taxpayer.look_up(session, mode=tenant.mode, keys=[key], at=request_at()).of(number, document_type)


def _strangers(tenant: TenantFacts, number: str, aliases: Sequence[taxpayer.OpenAlias]) -> dict[str, str]:
    """Somebody without a card: his title at GİB; the final consumer lives where he bought."""
    if number == FINAL_CONSUMER:
        place = tenant.supplier
        return {"name": "Nihai Tüketici", "district": place.district, "city": place.city}
    return {"name": aliases[0].title} if aliases else {}


def _delivered_to(body: Mapping[str, Any], party: Mapping[str, str]) -> dict[str, str]:
    """Goods go to the buyer, unless somebody says where else."""
    there = body.get("delivery_address")
    if there:
        return {}
    names = ("city", "district", "street", "building_number", "postal_zone")
    return {f"delivery_address.{name}": party[name] for name in names if party.get(name)}


def _words(
    body: Mapping[str, Any], number: str, aliases: Sequence[str], given: Mapping[str, Any], fills: Mapping[str, str],
    turkish: bool,
) -> tuple[str, str]:  # fmt: skip
    kind = body["kind"]
    mail = str(given.get("email") or fills.get("email") or "")
    by_mail = (f"{mail} adresine gönderilir.", f"It is sent to {mail}.") if mail else _ON_PAPER
    side = 0 if turkish else 1
    if kind in ("emm", "esmm"):
        return f"{DocumentKind(kind).heading}: {by_mail[side]}", "calm"
    if kind == "eirsaliye":
        if aliases:
            box = aliases[0]
            return (f"e-İrsaliye mükellefi, posta kutusu {box}", f"Registered for e-İrsaliye, mailbox {box}")[
                side
            ], "good"
        return (
            "e-İrsaliye mükellefi değil: GİB'in sanal posta kutusuna gider; çıktısını malla gönderin.",
            "Not registered for e-İrsaliye: it goes to GİB's virtual mailbox; send a print with the goods.",
        )[side], "calm"  # fmt: skip
    if aliases:
        return (
            f"e-Fatura mükellefi, e-posta kutusu {aliases[0]}: e-Fatura kesilecek.",
            f"e-Fatura user, mailbox {aliases[0]}: an e-Fatura will be made.",
        )[side], "good"  # fmt: skip
    special = str(body.get("profile", "")) not in ("", "TEMELFATURA", "TICARIFATURA")
    if special:
        return ("Bu senaryo e-Fatura'dır.", "This profile is an e-Fatura.")[side], "calm"
    first = ("e-Arşiv kesilecek.", "An e-Arşiv invoice will be made.")[side]
    return f"{first} {by_mail[side]}", "calm"


def _products(session: Session, tenant: TenantFacts, body: Mapping[str, Any]) -> dict[str, str]:
    """Unit, price and taxes of lines whose name is a product's and which have no price yet."""
    lines = [one if isinstance(one, dict) else {} for one in body.get("lines", ())]
    open_ones = {place: str(one.get("name", "")) for place, one in enumerate(lines) if not _priced(one)}
    if body["kind"] not in ("auto", "efatura", "earsiv", "emm", "esmm", "eirsaliye") or not open_ones:
        return {}
    found = products.named(session, tenant_id=tenant.tenant_id, names=list(open_ones.values()))
    fills: dict[str, str] = {}
    for place, name in open_ones.items():
        row = found.get(fold(name))
        if row is None:
            continue
        price = f"{row.unit_price.normalize():f}"
        rate = f"{row.kdv_rate.normalize():f}"
        wanted = {"name": row.name, "unit": row.unit, "unit_price": price, "gross": price, "kdv_rate": rate,
                  "gtip": row.gtip, "withholding_code": row.withholding_code, "exemption_code": row.exemption_code,
                  "seller_code": row.code}  # fmt: skip
        fills |= {f"lines[{place}].{field}": value for field, value in wanted.items() if value}
    return fills


def _priced(line: Mapping[str, Any]) -> bool:
    return bool(line.get("unit_price") or line.get("gross"))
