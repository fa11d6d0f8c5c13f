"""What a client says when it orders and pays: read strictly, completed from the account, never invented."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from billing.payments.gateway import Buyer
from billing.payments.iyzico.requests import INSTALLMENTS
from ebelge.edge import payers, return_urls
from ebelge.edge.checkout import Wish
from ebelge.edge.languages import language
from ebelge.edge.payers import BuyerInvalid
from tenants.models import Tenant

Name = Annotated[str, Field(min_length=1, max_length=100)]
Line = Annotated[str, Field(min_length=3, max_length=300)]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Method = Literal["iyzico", "stripe", "bank", "open_account"]


class BuyerBody(BaseModel):
    """The person who pays. What is left out is taken from the account; the identity number is asked for and not kept
    (but encrypted, with a card that is to be saved)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Name
    surname: Name
    identity_number: Annotated[
        str, Field(max_length=20, repr=False, description="TCKN of the person (passport number abroad); for iyzico")
    ] = ""
    email: Email | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 ()-]{7,20}$")] | None = None
    address: Line | None = None
    city: Name | None = None
    postal_code: Annotated[str, Field(max_length=10)] = ""
    country: Name = "Turkey"


class PayBody(BaseModel):
    """How an order is to be paid by card."""

    model_config = ConfigDict(extra="forbid")

    method: Annotated[Literal["iyzico", "stripe"], Field(description="Another way than the order's may be chosen")] | (
        None
    ) = None
    buyer: BuyerBody
    return_url: (
        Annotated[
            str,
            Field(
                min_length=8,
                max_length=return_urls.LENGTH_MAX,
                description="Where the result page sends the payer on to",
            ),
        ]
        | None
    ) = None
    save_card: Annotated[bool, Field(description="Offer to keep the card for automatic top-up")] = False
    installments: Annotated[
        list[int], Field(min_length=1, max_length=6, description="iyzico: counts that are offered (1, 2, 3, 6, 9, 12)")
    ] = [1]


class OrderBody(BaseModel):
    """An order of kontör."""

    model_config = ConfigDict(extra="forbid")

    package: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", examples=["kontor-1000"])]
    quantity: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    method: Method
    buyer: BuyerBody | None = None
    return_url: Annotated[str, Field(min_length=8, max_length=return_urls.LENGTH_MAX)] | None = None
    save_card: bool = False
    installments: Annotated[list[int], Field(min_length=1, max_length=6)] = [1]

    @model_validator(mode="after")
    def _cards_name_a_payer(self) -> "OrderBody":
        if self.method in ("iyzico", "stripe") and self.buyer is None:
            raise ValueError("buyer is needed to pay by card")
        return self

    def payment(self) -> PayBody:
        """The part about paying by card."""
        assert self.buyer is not None
        return PayBody(
            buyer=self.buyer, return_url=self.return_url, save_card=self.save_card, installments=self.installments
        )


def wish(body: PayBody) -> Wish:
    """What is asked of the checkout. :raises ReturnUrlRefused: the address is not permitted."""
    counts = tuple(sorted(set(body.installments)))
    if not set(counts) <= INSTALLMENTS:
        raise BuyerInvalid("Taksit sayısı 1, 2, 3, 6, 9 ya da 12 olabilir.", "Instalments are 1, 2, 3, 6, 9 or 12.")
    return Wish(
        language=language(),
        installments=counts,
        save_card=body.save_card,
        go_on_to="" if body.return_url is None else return_urls.check(body.return_url),
    )


def buyer(body: BuyerBody, *, tenant: Tenant, gateway: str, ip: str) -> Buyer:
    """The buyer for a gateway, completed from the account. :raises BuyerInvalid: see `payers.payer`."""
    return payers.payer(
        tenant=tenant, gateway=gateway, ip=ip, name=body.name, surname=body.surname,
        identity_number=body.identity_number, email=body.email, phone=body.phone, address=body.address, city=body.city,
        postal_code=body.postal_code, country=body.country,
    )  # fmt: skip
