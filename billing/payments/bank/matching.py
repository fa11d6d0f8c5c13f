"""Who paid what: proposals from statement lines and expected transfers. A pure function; it credits nothing.

Only a right reference with exactly the right amount may be taken without a person (`automatic`). Too little, too much,
a second payment, one payment for several orders, a known sender without reference: a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from billing.payments.bank.folding import likeness_of_words, name_words
from billing.payments.bank.reference import references_in
from billing.payments.bank.statement import StatementLine

NAME_LIKENESS_MIN_PERCENT = 60
NAMES_MAX = 20
COMMON_WORD = 300


class Match(StrEnum):
    """How a line and a transfer belong together."""

    EXACT = "exact"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    PAID_TWICE = "paid_twice"
    SEVERAL_ORDERS = "several_orders"
    SENDER_AND_AMOUNT = "sender_and_amount"
    NAME_AND_AMOUNT = "name_and_amount"
    OTHER_CURRENCY = "other_currency"


_CONFIDENCE = {
    Match.EXACT: 100, Match.PAID_TWICE: 90, Match.SEVERAL_ORDERS: 90, Match.UNDERPAID: 85, Match.OVERPAID: 85,
    Match.SENDER_AND_AMOUNT: 75, Match.OTHER_CURRENCY: 60, Match.NAME_AND_AMOUNT: 40,
}  # fmt: skip
_REASONS = {
    Match.EXACT: ("Referans ve tutar aynı", "reference and amount agree"),
    Match.UNDERPAID: ("Referans doğru, tutar eksik", "right reference, too little"),
    Match.OVERPAID: ("Referans doğru, tutar fazla", "right reference, too much"),
    Match.PAID_TWICE: ("Bu sipariş için ikinci ödeme", "a second payment for this order"),
    Match.SEVERAL_ORDERS: ("Bir ödemede birden çok referans", "several references in one payment"),
    Match.SENDER_AND_AMOUNT: ("Gönderen (VKN, IBAN) ve tutar aynı", "sender (VKN, IBAN) and amount agree"),
    Match.NAME_AND_AMOUNT: ("Tutar aynı, ad benziyor", "the amount agrees, the name is alike"),
    Match.OTHER_CURRENCY: ("Referans doğru, para birimi farklı", "right reference, another currency"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpectedTransfer:
    """An order that waits for its transfer, or (`paid`) had it lately: its reference may come a second time."""

    transfer_id: str
    reference: str
    amount_kurus: int
    currency: str = "TRY"
    buyer_vkn: str = ""
    buyer_name: str = ""
    known_ibans: frozenset[str] = field(default_factory=frozenset)
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line and the transfers it may be for; `difference_kurus` is what was paid beyond (below zero: too little)."""

    line: StatementLine
    transfer_ids: tuple[str, ...]
    match: Match
    confidence_percent: int
    automatic: bool
    difference_kurus: int
    reason_tr: str
    reason_en: str


def propose(lines: Iterable[StatementLine], transfers: Sequence[ExpectedTransfer]) -> tuple[Proposal, ...]:
    """Proposals for the money that came in, in the order of the lines; the strongest kind only for each line.

    The same input in any order of `transfers` gives the same proposals. A transfer is proposed as EXACT once.
    """
    desk = _Desk(sorted(transfers, key=lambda transfer: transfer.transfer_id))
    proposals: list[Proposal] = []
    for line in sorted(lines, key=lambda line: (line.booked_on, line.row, line.bank_ref)):
        if line.amount_kurus > 0:
            proposals.extend(desk.by_reference(line) or desk.by_sender(line) or desk.by_name(line))
    return tuple(proposals)


class _Desk:
    def __init__(self, transfers: Sequence[ExpectedTransfer]) -> None:
        self._taken: set[str] = {transfer.transfer_id for transfer in transfers if transfer.paid}
        self._references = {transfer.reference: transfer for transfer in transfers}
        self._senders: dict[tuple[str, int, str], list[ExpectedTransfer]] = {}
        self._words: dict[tuple[str, int, str], list[str]] = {}
        self._names: dict[str, tuple[ExpectedTransfer, frozenset[str]]] = {}
        for transfer in transfers:
            amount = (transfer.amount_kurus, transfer.currency)
            for sender in {transfer.buyer_vkn, *transfer.known_ibans} - {""}:
                self._senders.setdefault((sender, *amount), []).append(transfer)
            words = name_words(transfer.buyer_name)
            self._names[transfer.transfer_id] = (transfer, words)
            if not transfer.paid:
                for word in words:
                    self._words.setdefault((word, *amount), []).append(transfer.transfer_id)

    def by_reference(self, line: StatementLine) -> list[Proposal]:
        found = [self._references[text] for text in references_in(line.description) if text in self._references]
        if not found:
            return []
        if len(found) > 1:
            total = sum(transfer.amount_kurus for transfer in found)
            return [_proposal(line, found, Match.SEVERAL_ORDERS, line.amount_kurus - total)]
        (transfer,) = found
        difference = line.amount_kurus - transfer.amount_kurus
        if transfer.currency != line.currency:
            match = Match.OTHER_CURRENCY
        elif transfer.transfer_id in self._taken:
            match = Match.PAID_TWICE
        elif difference == 0:
            match = Match.EXACT
            self._taken.add(transfer.transfer_id)
        else:
            match = Match.UNDERPAID if difference < 0 else Match.OVERPAID
        return [_proposal(line, found, match, difference)]

    def by_sender(self, line: StatementLine) -> list[Proposal]:
        amount = (line.amount_kurus, line.currency)
        found: dict[str, ExpectedTransfer] = {}
        for sender in (line.sender_vkn, line.sender_iban):
            found |= {transfer.transfer_id: transfer for transfer in self._senders.get((sender, *amount), ())}
        return [_proposal(line, [transfer], Match.SENDER_AND_AMOUNT, 0) for transfer in self._open(found)]

    def by_name(self, line: StatementLine) -> list[Proposal]:
        said = name_words(line.sender_name or line.description)
        alike: list[tuple[int, str]] = []
        for number in self._with_rare_words(said, line):
            percent = likeness_of_words(said, self._names[number][1])
            if number not in self._taken and percent >= NAME_LIKENESS_MIN_PERCENT:
                alike.append((-percent, number))
        best = sorted(number for _, number in sorted(alike)[:NAMES_MAX])
        return [_proposal(line, [self._names[number][0]], Match.NAME_AND_AMOUNT, 0) for number in best]

    def _with_rare_words(self, said: frozenset[str], line: StatementLine) -> set[str]:
        """Transfers of that amount whose payer's name shares a word with what was said.

        A word that hundreds of waiting names have tells nothing and is left out: a person looks at such a line.
        """
        lists = (self._words.get((word, line.amount_kurus, line.currency), ()) for word in said)
        return {number for numbers in lists if len(numbers) <= COMMON_WORD for number in numbers}

    def _open(self, found: dict[str, ExpectedTransfer]) -> list[ExpectedTransfer]:
        return [found[number] for number in sorted(found) if number not in self._taken]


def _proposal(
    line: StatementLine, transfers: Sequence[ExpectedTransfer], match: Match, difference_kurus: int
) -> Proposal:
    reason_tr, reason_en = _REASONS[match]
    return Proposal(
        line=line,
        transfer_ids=tuple(transfer.transfer_id for transfer in transfers),
        match=match,
        confidence_percent=_CONFIDENCE[match],
        automatic=match is Match.EXACT,
        difference_kurus=difference_kurus,
        reason_tr=reason_tr,
        reason_en=reason_en,
    )
