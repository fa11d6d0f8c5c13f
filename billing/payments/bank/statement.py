"""A bank statement as values, whatever file it came in."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from billing.payments.bank.identity import tr_iban
from billing.payments.errors import StatementOfAnotherAccount

FILE_BYTES_MAX = 10 * 1024 * 1024
LINES_MAX = 50_000
TEXT_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of an account; `amount_kurus` is above zero for money that came in.

    `bank_ref` is the bank's number of the movement; where the bank writes none it is made of the line's own words (and
    a count, where a file has the same line twice), so that importing the file again changes nothing.
    """

    account: str
    booked_on: date
    amount_kurus: int
    currency: str
    description: str
    bank_ref: str
    row: int
    value_on: date | None = None
    sender_name: str = ""
    sender_vkn: str = ""
    sender_iban: str = ""
    balance_kurus: int | None = None

    @property
    def key(self) -> tuple[str, str, date, int]:
        """What makes a movement the same one in another file."""
        return (self.account, self.bank_ref, self.booked_on, self.amount_kurus)


@dataclass(frozen=True, slots=True)
class Statement:
    """A file that was read whole."""

    form: str
    sha256: str
    lines: tuple[StatementLine, ...]


def with_references(lines: Iterable[StatementLine]) -> tuple[StatementLine, ...]:
    """Give each line without a bank reference one that is the same at every import."""
    seen: Counter[str] = Counter()
    done: list[StatementLine] = []
    for line in lines:
        if line.bank_ref:
            done.append(line)
            continue
        words = (line.account, line.booked_on.isoformat(), line.amount_kurus, line.description, line.sender_name,
                 line.sender_iban, line.balance_kurus)  # fmt: skip
        digest = hashlib.sha256("\x1f".join(map(str, words)).encode()).hexdigest()[:24]
        seen[digest] += 1
        done.append(replace(line, bank_ref=f"{digest}-{seen[digest]}"))
    return tuple(done)


def repeated(lines: Sequence[StatementLine]) -> tuple[StatementLine, ...]:
    """Lines of one file that have the key of an earlier one: the bank's own number used twice."""
    seen: set[tuple[str, str, date, int]] = set()
    again: list[StatementLine] = []
    for line in lines:
        if line.key in seen:
            again.append(line)
        seen.add(line.key)
    return tuple(again)


def check_account(account: str, named: Iterable[str]) -> None:
    """Refuse a file that names other accounts of its own, and not the one it was given for; most files name none.

    :raises StatementOfAnotherAccount: told only where both sides are IBANs, so that nothing is guessed.
    """
    ibans = sorted({iban for text in named if (iban := tr_iban(text))})
    if tr_iban(account) and ibans and tr_iban(account) not in ibans:
        raise StatementOfAnotherAccount(
            f"Dosya {ibans[0]} hesabına ait, {account} için verildi",
            f"the file is of {ibans[0]}, and was given for {account}",
        )
