"""The invented companies of the seed world and GİB's list of registered users that goes with them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ebelge.documents.registered.taxpayer import CUSTOMS_BOXES
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.onboarding.accounts import SANDBOX_MAIL_DOMAIN
from ebelge.ubl import draft_special
from ebelge.ubl.draft_parts import PartyDraft
from ebelge.ubl.examples import AKIN, BORA, tckn, vkn
from ebelge.ubl.types import Party
from tenants.accounts import Identity, TenantKind

SINCE: Final = datetime(2020, 1, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPlan:
    """Kontör a company starts with: how many, and for how much (net, in kuruş)."""

    kontor: int
    net_price_kurus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An account of the seed world. `series`: kind -> letters. `own_seal`: it signs by itself, not the operator."""

    name: str
    kind: TenantKind
    party: Party
    series: dict[str, str]
    lots: tuple[LotPlan, ...]
    sandbox: bool = True
    own_seal: bool = False
    reseller: str | None = None
    keys: bool = True

    @property
    def identity(self) -> Identity:
        """The company as an account is opened for it."""
        party = self.party
        return Identity(
            vkn_tckn=party.vkn_tckn,
            title=party.title,
            tax_office=party.tax_office,
            street=f"{party.street} {party.building_number}".strip(),
            district=party.district,
            city=party.city,
            postal_zone=party.postal_zone,
            email=party.email,
            phone=party.phone,
        )

    @property
    def domain(self) -> str:
        """Domain of its mailboxes at GİB."""
        return f"{self.name}.example"

    @property
    def sender_alias(self) -> str:
        """Its unit (GB) at GİB."""
        return f"urn:mail:defaultgb@{self.domain}"

    @property
    def receiver_alias(self) -> str:
        """Its mailbox (PK) at GİB."""
        return f"urn:mail:defaultpk@{self.domain}"


def _party(n: int, name: str, city: str, district: str, mail: str) -> Party:
    return Party(
        vkn_tckn=vkn(n), name=name, tax_office=district, street="Atatürk Caddesi", building_number=str(n),
        district=district, city=city, postal_zone="34000", email=mail, phone="+90 212 000 00 00",
    )  # fmt: skip


OPERATOR: Final = Company(
    name="ebelge",
    kind="operator",
    party=_party(7001, "Ebelge Özel Entegratör A.Ş.", "İstanbul", "Şişli", "destek@ebelge.example"),
    series={"efatura": "EBE", "earsiv": "EBA"},
    lots=(),
    keys=False,
)
CEREN: Final = Company(
    name="ceren",
    kind="reseller",
    party=_party(7002, "Ceren Yazılım ve Danışmanlık Ltd. Şti.", "Bursa", "Nilüfer", "bilgi@ceren.example"),
    series={},
    lots=(LotPlan(kontor=10_000, net_price_kurus=750_000),),
    sandbox=False,
)
HOLDING: Final = Company(
    name="akin-holding",
    kind="pool",
    party=_party(7003, "Akın Holding A.Ş.", "Ankara", "Çankaya", "kontor@akin-holding.example"),
    series={},
    lots=(LotPlan(kontor=2_000, net_price_kurus=180_000),),
    sandbox=False,
)
AKIN_LTD: Final = Company(
    name="akin",
    kind="customer",
    party=AKIN,
    series={"efatura": "AKN", "earsiv": "AKA", "eirsaliye": "AKI", "emm": "AKM", "esmm": "AKS"},
    lots=(
        LotPlan(kontor=5_000, net_price_kurus=416_633),
        LotPlan(kontor=250, net_price_kurus=0),
    ),
)
BORA_AS: Final = Company(
    name="bora",
    kind="customer",
    party=BORA,
    series={"efatura": "BRN", "earsiv": "BRA", "eirsaliye": "BRI", "emm": "BRM"},
    lots=(LotPlan(kontor=1_000, net_price_kurus=104_158),),
    own_seal=True,
    reseller="ceren",
)
COMPANIES: Final = (OPERATOR, CEREN, HOLDING, AKIN_LTD, BORA_AS)

# Buyers without an account here: they only receive.
DENIZ: Final = _party(7101, "Deniz Lojistik A.Ş.", "Mersin", "Akdeniz", "efatura@deniz.example")
EFE: Final = _party(7102, "Efe Market Gıda Ltd. Şti.", "İzmir", "Bornova", "muhasebe@efe.example")
# Who receives every export invoice.
CUSTOMS: Final = PartyDraft.model_validate(draft_special.CUSTOMS).party()
WITH_MAIL: Final = Party(
    vkn_tckn=tckn(41), first_name="Ceren", family_name="Işık", district="Nilüfer", city="Bursa",
    email="ceren.isik@posta.example",
)  # fmt: skip
WITHOUT_MAIL: Final = Party(
    vkn_tckn=tckn(42), first_name="Hasan", family_name="Öztürk", district="Polatlı", city="Ankara"
)


def registered_users(role: str) -> list[RegisteredUser]:
    """GİB's list for the simulator: `PK` who receives, `GB` who sends."""
    users = []
    for company in (OPERATOR, AKIN_LTD, BORA_AS):
        names = [company.receiver_alias if role == "PK" else company.sender_alias]
        if role == "GB":
            names.append(f"urn:mail:defaultgb@{company.party.vkn_tckn}.{SANDBOX_MAIL_DOMAIN}")
        users.append(_user(company.party, names))
    if role == "PK":
        users.append(_user(DENIZ, ["urn:mail:defaultpk@deniz.example", "urn:mail:depopk@deniz.example"]))
        users.append(_user(EFE, ["urn:mail:defaultpk@efe.example"]))
        users.append(_user(CUSTOMS, sorted(set(CUSTOMS_BOXES.values()))))
    return users


def _user(party: Party, aliases: list[str]) -> RegisteredUser:
    return RegisteredUser(
        vkn_tckn=party.vkn_tckn,
        title=party.title,
        type="OZEL",
        account_type="OZELENTEGRASYON",
        aliases=tuple(
            Alias(document_type, alias, SINCE) for document_type in ("Invoice", "DespatchAdvice") for alias in aliases
        ),
        first_created_at=SINCE,
    )
