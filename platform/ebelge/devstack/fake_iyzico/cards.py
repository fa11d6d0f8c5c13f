"""The sandbox's cards and what they do. They are published test numbers; no real card belongs here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """One test card; `error` is (errorCode, errorGroup) of its refusal, or None."""

    number: str
    what: str
    bank: str = "Deneme Bankası"
    kind: str = "CREDIT_CARD"
    association: str = "VISA"
    family: str = "Bonus"
    error: tuple[str, str] | None = None
    md_status: int = 1
    foreign: bool = False
    refundable: bool = True


_GOOD = (
    Card("5528790000000008", "öder (Halkbank, Mastercard)", "Halkbank", association="MASTER_CARD", family="Paraf"),
    Card("4603450000000000", "öder (Denizbank, Visa)", "Denizbank"),
    Card("5526080000000006", "öder (Akbank, Mastercard)", "Akbank", association="MASTER_CARD", family="Axess"),
    Card("5400360000000003", "öder (Garanti, Mastercard)", "Garanti", association="MASTER_CARD"),
    Card("9792030000000000", "öder (Troy)", association="TROY"),
    Card("374427000000003", "öder (American Express)", association="AMERICAN_EXPRESS"),
    Card("5890040000000016", "öder (banka kartı)", "Akbank", "DEBIT_CARD", "MASTER_CARD", ""),
    Card("4766620000000001", "öder (banka kartı)", "Denizbank", "DEBIT_CARD", "VISA", ""),
    Card("5400010000000004", "öder (yabancı kart)", "", association="MASTER_CARD", family="", foreign=True),
    Card("5406670000000009", "öder, iptal ve iade edilemez", association="MASTER_CARD", refundable=False),
)
_BAD = (
    ("4111111111111129", "10051", "NOT_SUFFICIENT_FUNDS"),
    ("4129111111111111", "10005", "DO_NOT_HONOUR"),
    ("4128111111111112", "10012", "INVALID_TRANSACTION"),
    ("4127111111111113", "10041", "LOST_CARD"),
    ("4126111111111114", "10043", "STOLEN_CARD"),
    ("4125111111111115", "10054", "EXPIRED_CARD"),
    ("4124111111111116", "10084", "INVALID_CVC2"),
    ("4123111111111117", "10057", "NOT_PERMITTED_TO_CARDHOLDER"),
    ("4122111111111118", "10058", "NOT_PERMITTED_TO_TERMINAL"),
    ("4121111111111119", "10034", "FRAUD_SUSPECT"),
    ("4120111111111110", "10093", "RESTRICTED_BY_LAW"),
    ("4130111111111118", "10228", "GENERAL_ERROR"),
)
CARDS = (
    {card.number: card for card in _GOOD}
    | {number: Card(number, group.replace("_", " ").casefold(), error=(code, group)) for number, code, group in _BAD}
    | {
        "4131111111111117": Card("4131111111111117", "3D Secure: mdStatus 0", error=("10012", ""), md_status=0),
        "4141111111111115": Card("4141111111111115", "3D Secure: mdStatus 4", error=("10012", ""), md_status=4),
        "4151111111111112": Card("4151111111111112", "3D Secure başlamaz", error=("10012", ""), md_status=7),
    }
)
