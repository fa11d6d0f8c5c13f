"""The nouns of the area: kinds of document, parties, who signs."""

from dataclasses import dataclass
from enum import StrEnum


class DocumentKind(StrEnum):
    """The kinds we send. The charge kind is `f"{kind}.out"`."""

    EFATURA = "efatura"
    EARSIV = "earsiv"
    EIRSALIYE = "eirsaliye"
    EMM = "emm"
    ESMM = "esmm"

    @property
    def heading(self) -> str:
        """The words GİB wants at the top centre of the readable view."""
        return _HEADINGS[self]


_HEADINGS = {
    DocumentKind.EFATURA: "e-Fatura",
    DocumentKind.EARSIV: "e-Arşiv Fatura",
    DocumentKind.EIRSALIYE: "e-İrsaliye",
    DocumentKind.EMM: "e-Müstahsil Makbuzu",
    DocumentKind.ESMM: "e-Serbest Meslek Makbuzu",
}


def id_scheme(vkn_tckn: str) -> str:
    """`VKN` for ten digits, `TCKN` for eleven; `VKN` for anything else (the rules will complain)."""
    return "TCKN" if len(vkn_tckn) == 11 else "VKN"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address. XSD: district (CitySubdivisionName), city and country are mandatory."""

    district: str
    city: str
    street: str = ""
    building_number: str = ""
    postal_zone: str = ""
    country: str = "Türkiye"


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier, buyer, farmer or carrier. A TCKN goes with first and family name, a VKN with `name`."""

    vkn_tckn: str
    name: str = ""
    first_name: str = ""
    family_name: str = ""
    tax_office: str = ""
    street: str = ""
    building_number: str = ""
    district: str = ""
    city: str = ""
    postal_zone: str = ""
    country: str = "Türkiye"
    email: str = ""
    phone: str = ""
    website: str = ""

    @property
    def scheme(self) -> str:
        """`VKN` or `TCKN`."""
        return id_scheme(self.vkn_tckn)

    @property
    def title(self) -> str:
        """The name to show: the firm's, else first and family name."""
        return self.name or f"{self.first_name} {self.family_name}".strip()

    @property
    def address(self) -> Address:
        """The postal address of the party."""
        return Address(
            district=self.district,
            city=self.city,
            street=self.street,
            building_number=self.building_number,
            postal_zone=self.postal_zone,
            country=self.country,
        )


@dataclass(frozen=True, slots=True)
class Signatory:
    """Whose seal signs: the taxpayer or the operator on his behalf (TRADE.md 2). Named in cac:Signature."""

    vkn_tckn: str
    name: str
    city: str
    district: str
    country: str = "Türkiye"

    @property
    def scheme(self) -> str:
        """`VKN` or `TCKN`."""
        return id_scheme(self.vkn_tckn)
