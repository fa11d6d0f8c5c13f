"""Looking at cards: instalment offers, BIN, saved cards. Not signed by iyzico; nothing here moves money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import iyzipay.iyzipay_resource as resources

from billing.payments.gateway import SavedCard
from billing.payments.iyzico.account import Account
from billing.payments.iyzico.amounts import amount_kurus
from billing.payments.iyzico.answers import text, whole

_BIN_LENGTHS = (6, 8)


@dataclass(frozen=True, slots=True)
class InstallmentPrice:
    """So many payments of `each_kurus`, `total_kurus` in all (above the price when the payer bears a surcharge)."""

    count: int
    each_kurus: int
    total_kurus: int


@dataclass(frozen=True, slots=True)
class InstallmentOffer:
    """What one card family offers for a price."""

    bank: str
    card_family: str
    commercial: bool
    prices: tuple[InstallmentPrice, ...]


@dataclass(frozen=True, slots=True)
class BinInfo:
    """What the first digits of a card tell."""

    bank: str
    card_type: str
    association: str
    family: str
    commercial: bool

    @property
    def is_debit(self) -> bool:
        """Debit cards cannot pay in instalments, nor without 3-D Secure."""
        return self.card_type == "DEBIT_CARD"


def installments(account: Account, *, price_kurus: int, bin_number: str = "") -> Sequence[InstallmentOffer]:
    """Instalment offers for a price, of one card or of all families."""
    if bin_number:
        _check_bin(bin_number)
    # The one call where iyzico wants the price as a JSON number, and no currency.
    body = {"locale": "tr", "price": Decimal(price_kurus) / 100, "binNumber": bin_number or None}
    answer = account.call(resources.InstallmentInfo.retrieve, body)
    return [_offer(entry) for entry in answer.get("installmentDetails") or ()]


def bin_info(account: Account, bin_number: str) -> BinInfo:
    """Bank and type of a card by its first six or eight digits."""
    _check_bin(bin_number)
    answer = account.call(resources.BinNumber.retrieve, {"locale": "tr", "binNumber": bin_number})
    return BinInfo(
        bank=text(answer.get("bankName")),
        card_type=text(answer.get("cardType")),
        association=text(answer.get("cardAssociation")),
        family=text(answer.get("cardFamily")),
        commercial=whole(answer.get("commercial"), default=0) == 1,
    )


def saved_cards(account: Account, customer_ref: str) -> Sequence[SavedCard]:
    """The cards kept for this payer."""
    answer = account.call(resources.CardList.retrieve, {"locale": "tr", "cardUserKey": customer_ref})
    return [
        SavedCard(customer_ref, text(entry.get("cardToken")), text(entry.get("cardAssociation")),
                  text(entry.get("lastFourDigits")))
        for entry in answer.get("cardDetails") or ()
    ]  # fmt: skip


def forget_card(account: Account, card: SavedCard) -> None:
    """Delete a saved card at iyzico."""
    body = {"locale": "tr", "cardUserKey": card.customer_ref, "cardToken": card.card_ref}
    account.call(resources.Card.delete, body)


def _offer(entry: Mapping[str, Any]) -> InstallmentOffer:
    return InstallmentOffer(
        bank=text(entry.get("bankName")),
        card_family=text(entry.get("cardFamilyName")),
        commercial=whole(entry.get("commercial"), default=0) == 1,
        prices=tuple(
            InstallmentPrice(
                count=whole(price.get("installmentNumber"), default=1),
                each_kurus=amount_kurus(price.get("installmentPrice")),
                total_kurus=amount_kurus(price.get("totalPrice")),
            )
            for price in entry.get("installmentPrices") or ()
        ),
    )


def _check_bin(bin_number: str) -> None:
    if len(bin_number) not in _BIN_LENGTHS or not (bin_number.isascii() and bin_number.isdecimal()):
        raise ValueError("a BIN has six or eight digits")
