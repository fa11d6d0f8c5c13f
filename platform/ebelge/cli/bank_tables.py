"""Bank lines and decisions in 80 columns: two rows a line, its decisions below it."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from billing.settlement.bank_lists import ListedDecision, ListedLine, short
from ebelge.cli import marks
from ebelge.core.money import lira_text

WIDTH = 80
# How a line and its order belong together, said shortly.
MATCHES = {
    "exact": "agrees exactly",
    "underpaid": "too little",
    "overpaid": "too much",
    "paid_twice": "paid before",
    "several_orders": "several references",
    "sender_and_amount": "sender and amount",
    "name_and_amount": "name and amount",
    "other_currency": "another currency",
    "order_closed": "the order is closed",
    "refund_out": "pays a refund?",
}


def rows(lines: Sequence[ListedLine], decisions: Sequence[ListedDecision]) -> Iterator[str]:
    """The lines with their decisions, ready to print."""
    by_line: dict[UUID, list[ListedDecision]] = {}
    people = marks.names([mark for one in decisions for mark in (one.asked_by, one.approved_by)])
    for decision in decisions:
        by_line.setdefault(decision.line_id, []).append(decision)
    for line in lines:
        yield from _line(line)
        for decision in by_line.get(line.line_id, ()):
            yield _decision(decision, people)
        if line.state in ("decided", "to_refund") and line.rest_kurus > 0:
            yield f"    left on the line: {lira_text(line.rest_kurus)}"


def _decision(one: ListedDecision, people: Mapping[str, str]) -> str:
    asked_by = people[one.asked_by]
    who = f"{asked_by}, {people[one.approved_by]}" if one.approved_by else asked_by
    if one.state == "asked":
        who = f"needs a second person beside {asked_by}"
    return cut(f"  → {short(one.allocation_id)} {one.state:8} {lira_text(one.amount_kurus):>13} {one.reference} {who}")


def cut(text: str) -> str:
    """A row that fits."""
    plain = " ".join(text.split()) if "\n" in text else text
    return plain if len(plain) <= WIDTH else plain[: WIDTH - 1] + "…"


def _line(line: ListedLine) -> Iterator[str]:
    currency = "" if line.currency == "TRY" else f" {line.currency}"
    match = MATCHES.get(line.match, line.match)
    order = f"{line.reference} " if line.reference else ""
    yield cut(
        f"{short(line.line_id)} {line.booked_on:%d.%m.%y} {lira_text(line.amount_kurus) + currency:>14} "
        f"{line.state:9} {order}{match}"
    )
    said = " · ".join(text for text in (line.sender_name, line.sender_vkn, line.description) if text)
    if said:
        yield cut(f"    {said}")
    if line.title:
        yield cut(f"    for {line.title}, {lira_text(line.gross_kurus)}")
    if line.note:
        yield cut(f"    note: {line.note}")
