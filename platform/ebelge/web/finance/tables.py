"""The tables that finance takes out of a month: heading, rows and control totals, in one snapshot of the role reader.

Totals are summed from the very rows of the file, so that who adds them up in his own program finds the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, text

from billing.reconciliation import revenue, revenue_months
from billing.reconciliation.flow import TERMS
from billing.reconciliation.movements import by_tenant, roll_forward
from ebelge.core.clock import istanbul_date
from ebelge.core.sheets import Cell, Lira
from ebelge.web.finance import break_words, words
from ebelge.web.finance.words import Pair

ROWS_MAX: Final = 100_000
_PERIOD = ">= :start AND {0} < :end"


@dataclass(frozen=True, slots=True)
class Made:
    """A table: `heads` and `rows` of the same width, `totals` as names and sums."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[tuple[str, Cell]]

    def table(self) -> list[Sequence[Cell]]:
        """As it is written: the totals stand beneath an empty line."""
        return [self.heads, *self.rows, [], *([name, total] for name, total in self.totals)]


NOTHING: Final[Mapping[str, Callable[[str, int], str]]] = MappingProxyType({})
Make = Callable[[Connection, datetime, datetime, int], Made]


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of export."""

    name: Pair
    made_of: Pair
    make: Make


def _listed(
    sql: str,
    heads: Sequence[tuple[str, str, str]],
    *,
    sums: Sequence[str],
    said: Mapping[str, Callable[[str, int], str]] = NOTHING,
) -> Make:
    """A table of a statement. `heads`: its column, Turkish, English; a column `…_kurus` is an amount, `…_bp` a rate.

    `sums`: the columns whose sums are control totals, of each currency its own. `said`: how codes of a column read.
    """
    statement = text(f"{sql} LIMIT {ROWS_MAX + 1}")

    def cell(name: str, value: Any, n: int) -> Cell:
        if value is None or isinstance(value, datetime) or hasattr(value, "isoformat"):
            found: Cell = value
        elif name.endswith("_kurus"):
            found = Lira(int(value))
        elif name.endswith("_bp"):
            found = Decimal(value) / 100
        elif name in said:
            found = said[name](str(value), n)
        else:
            found = value if isinstance(value, int) else str(value)
        return found

    def make(connection: Connection, start: datetime, end: datetime, n: int) -> Made:
        values = {"start": start, "end": end, "first": istanbul_date(start), "last": istanbul_date(end)}
        found = connection.execute(statement, values).all()
        rows = [[cell(name, getattr(row, name), n) for name, *_ in heads] for row in found]
        titles = {name: pair[n] for name, *pair in heads}
        totals: list[tuple[str, Cell]] = [(("Satır sayısı", "Rows")[n], len(rows))]
        monies = {"TRY"} | {row.currency for row in found if "currency" in titles}
        for name in sums:
            for money in sorted(monies, key=lambda one: (one != "TRY", one)):
                of = [row for row in found if "currency" not in titles or row.currency == money]
                total = sum(int(getattr(row, name) or 0) for row in of)
                what = f"{('Toplam', 'Total')[n]}: {titles[name]}{'' if money == 'TRY' else f' ({money})'}"
                totals.append((what, Lira(total) if name.endswith("_kurus") else total))
        return Made([titles[name] for name, *_ in heads], rows, totals)

    return make


def _roll_forward(connection: Connection, start: datetime, end: datetime, n: int) -> Made:
    found = roll_forward(connection, start=start, end=end)
    accounts = by_tenant(connection, start=start, end=end)
    heads = [("Hesap", "Account")[n], "VKN / TCKN", *(words.TERMS[term][n] for term in TERMS)]
    rows: list[list[Cell]] = [
        [title, vkn, *(TERMS[term][1] * own[term] for term in TERMS)] for _, title, vkn, own in accounts
    ]  # fmt: skip
    totals: list[tuple[str, Cell]] = [
        (("Satır sayısı", "Rows")[n], len(rows)),
        (("Açılış", "Opening")[n], found.opening),
    ]
    for term, (_, sign) in TERMS.items():
        totals.append((words.TERMS[term][n], sum(sign * own[term] for *_, own in accounts)))
    return Made(heads, rows, [*totals, (("Kapanış", "Closing")[n], found.closing)])


def _revenue(connection: Connection, start: datetime, end: datetime, n: int) -> Made:
    found = revenue.revenue(connection, start=start, end=end)
    lots = revenue_months.lots_of(connection, start=start, end=end, limit=ROWS_MAX + 1)
    terms = {"sold": ("Satılan", "Sold"), "earned": ("Kazanılan", "Earned"), "breakage": ("Süresi dolan", "Breakage"),
             "voided": ("İptal edilen", "Voided"), "in_transit": ("Yolda", "In transit")}  # fmt: skip
    heads = [("Hesap", "Account")[n], "Lot", ("Kaynak", "Source")[n], *(pair[n] for pair in terms.values())]
    rows: list[list[Cell]] = [
        [lot.title, str(lot.lot_id), words.SOURCES[lot.source][n], *(Lira(getattr(lot, term)) for term in terms)]
        for lot in lots
    ]  # fmt: skip
    totals: list[tuple[str, Cell]] = [
        (("Satır sayısı", "Rows")[n], len(rows)),
        (("Ertelenmiş gelir, açılış", "Deferred, opening")[n], Lira(found.deferred_opening)),
    ]
    for term, pair in terms.items():
        totals.append((pair[n], Lira(sum(getattr(lot, term) for lot in lots))))
    return Made(
        heads, rows, [*totals, (("Ertelenmiş gelir, kapanış", "Deferred, closing")[n], Lira(found.deferred_closing))]
    )


def _of(words_of: Mapping[str, Sequence[str]]) -> Callable[[str, int], str]:
    """How the codes of a column read; one without words stands as it is."""
    return lambda code, n: words_of[code][n] if code in words_of else code


_WHO = (("title", "Hesap", "Account"), ("vkn_tckn", "VKN / TCKN", "VKN / TCKN"))
TABLES: Final[dict[str, Table]] = {
    "payments": Table(
        ("Ödemeler", "Payments"),
        ("Gelen para: kuruluş ya da banka, sipariş, iade edilen", "Money that came in, its order, what was refunded"),
        _listed(
            f"""SELECT p.paid_at, t.title, t.vkn_tckn, o.reference, p.gateway, p.gateway_payment_id,
                      p.amount_kurus, p.fee_kurus, p.refunded_kurus, p.currency
                 FROM payment p JOIN tenant t ON t.tenant_id = p.tenant_id AND t.mode = 'live'
                 JOIN kontor_order o ON o.tenant_id = p.tenant_id AND o.order_id = p.order_id
                WHERE p.paid_at {_PERIOD.format("p.paid_at")} ORDER BY p.paid_at, p.payment_id""",
            (("paid_at", "Ödendi", "Paid"), *_WHO, ("reference", "Sipariş", "Order"), ("gateway", "Yol", "Gateway"),
             ("gateway_payment_id", "Ödeme no", "Payment"), ("amount_kurus", "Tutar", "Amount"),
             ("fee_kurus", "Kesinti", "Fee"), ("refunded_kurus", "İade edilen", "Refunded"),
             ("currency", "Para birimi", "Currency")),
            sums=("amount_kurus", "fee_kurus", "refunded_kurus"), said={"gateway": _of(words.METHODS)},
        ),
    ),
    "orders": Table(
        ("Siparişler", "Orders"),
        ("Verilen siparişler: durum, kontör, net, KDV, brüt", "Orders placed: state, kontör, net, KDV, gross"),
        _listed(
            f"""SELECT o.created_at, t.title, t.vkn_tckn, o.reference, o.state, o.method, o.kontor, o.bonus_kontor,
                      o.net_kurus, o.kdv_kurus, o.gross_kurus, o.refunded_kurus, o.invoice_state, o.paid_at
                 FROM kontor_order o JOIN tenant t ON t.tenant_id = o.tenant_id AND t.mode = 'live'
                WHERE o.created_at {_PERIOD.format("o.created_at")} ORDER BY o.created_at, o.order_id""",
            (("created_at", "Verildi", "Placed"), *_WHO, ("reference", "Sipariş", "Order"), ("state", "Durum", "State"),
             ("method", "Yol", "Method"), ("kontor", "Kontör", "Kontör"), ("bonus_kontor", "Hediye", "Bonus"),
             ("net_kurus", "Net", "Net"), ("kdv_kurus", "KDV", "KDV"), ("gross_kurus", "Brüt", "Gross"),
             ("refunded_kurus", "İade edilen", "Refunded"), ("invoice_state", "Fatura", "Invoice"),
             ("paid_at", "Ödendi", "Paid")),
            sums=("kontor", "bonus_kontor", "net_kurus", "kdv_kurus", "gross_kurus", "refunded_kurus"),
            said={"state": _of(words.ORDERS), "method": _of(words.METHODS), "invoice_state": _of(words.INVOICES)},
        ),
    ),
    "refunds": Table(
        ("İadeler", "Refunds"),
        ("İstenen iadeler ve belgeleri", "Refunds asked for, and their documents"),
        _listed(
            f"""SELECT r.requested_at, t.title, t.vkn_tckn, o.reference, r.state, r.tax_way, r.tax_document, r.kontor,
                      r.net_kurus, r.kdv_kurus, r.gross_kurus, r.ended_at
                 FROM refund r JOIN tenant t ON t.tenant_id = r.tenant_id AND t.mode = 'live'
                 JOIN kontor_order o ON o.tenant_id = r.tenant_id AND o.order_id = r.order_id
                WHERE r.requested_at {_PERIOD.format("r.requested_at")} ORDER BY r.requested_at, r.refund_id""",
            (("requested_at", "İstendi", "Asked"), *_WHO, ("reference", "Sipariş", "Order"),
             ("state", "Durum", "State"), ("tax_way", "Belge türü", "Document kind"),
             ("tax_document", "Belge no", "Document"), ("kontor", "Kontör", "Kontör"), ("net_kurus", "Net", "Net"),
             ("kdv_kurus", "KDV", "KDV"), ("gross_kurus", "Brüt", "Gross"), ("ended_at", "Bitti", "Ended")),
            sums=("kontor", "net_kurus", "kdv_kurus", "gross_kurus"),
            said={"state": _of(words.REFUNDS), "tax_way": _of(words.TAX_WAYS)},
        ),
    ),
    "bank": Table(
        ("Banka satırları", "Bank lines"),
        ("Hesap hareketleri ve durumları", "Movements of our accounts, and their states"),
        _listed(
            """SELECT l.booked_on, a.iban, l.bank_ref, l.sender_name, l.sender_vkn, l.description, l.state,
                      l.amount_kurus, l.currency, l.note
                 FROM bank_line l JOIN bank_account a USING (account_id)
                WHERE l.booked_on >= :first AND l.booked_on < :last ORDER BY l.booked_on, l.line_id""",
            (("booked_on", "Gün", "Day"), ("iban", "Hesap", "Account"), ("bank_ref", "Banka no", "Bank's number"),
             ("sender_name", "Karşı taraf", "Counterparty"), ("sender_vkn", "VKN / TCKN", "VKN / TCKN"),
             ("description", "Açıklama", "Text"), ("state", "Durum", "State"), ("amount_kurus", "Tutar", "Amount"),
             ("currency", "Para birimi", "Currency"), ("note", "Not", "Note")),
            sums=("amount_kurus",), said={"state": _of(words.LINES)},
        ),
    ),
    "debts": Table(
        ("Alacaklar", "Receivables"),
        ("Dönemde doğan alacaklar", "What came to be owed"),
        _listed(
            f"""SELECT r.created_at, t.title, t.vkn_tckn, r.kind, r.state, r.gross_kurus, r.settled_kurus, r.kontor,
                      r.settled_kontor, r.due_at, r.settled_at
                 FROM receivable r JOIN tenant t ON t.tenant_id = r.tenant_id AND t.mode = 'live'
                WHERE r.created_at {_PERIOD.format("r.created_at")} ORDER BY r.created_at, r.receivable_id""",
            (("created_at", "Doğdu", "Since"), *_WHO, ("kind", "Tür", "Kind"), ("state", "Durum", "State"),
             ("gross_kurus", "Tutar", "Amount"), ("settled_kurus", "Kapanan", "Settled"),
             ("kontor", "Kontör", "Kontör"), ("settled_kontor", "Kapanan kontör", "Settled kontör"),
             ("due_at", "Vade", "Due"), ("settled_at", "Kapandı", "Settled on")),
            sums=("gross_kurus", "settled_kurus", "kontor", "settled_kontor"),
            said={"kind": _of(words.DEBTS), "state": _of(words.DEBT_STATES)},
        ),
    ),
    "breaks": Table(
        ("Farklar", "Breaks"),
        ("Dönemde bulunan farklar ve nasıl kapandıkları", "Breaks found in the period, and how they ended"),
        _listed(
            f"""SELECT b.found_at, t.title, t.vkn_tckn, b.kind, b.subject, b.amount_kurus, b.kontor, b.state, b.note,
                      b.resolved_by, b.ended_at
                 FROM finance_break b JOIN tenant t ON t.tenant_id = b.tenant_id
                WHERE b.found_at {_PERIOD.format("b.found_at")} ORDER BY b.found_at, b.break_id""",
            (("found_at", "Bulundu", "Found"), *_WHO, ("kind", "Tür", "Kind"), ("subject", "Konu", "Subject"),
             ("amount_kurus", "Tutar", "Amount"), ("kontor", "Kontör", "Kontör"), ("state", "Durum", "State"),
             ("note", "Açıklama", "Note"), ("resolved_by", "Kapatan kayıt", "Ended by"),
             ("ended_at", "Kapandı", "Ended")),
            sums=("amount_kurus", "kontor"),
            said={"kind": lambda code, _: break_words.title(code), "state": _of(words.BREAK_STATES)},
        ),
    ),
    "commission": Table(
        ("Komisyon", "Commission"),
        ("Bayi komisyonları: hakediş, iptal, ödeme", "Resellers' commission: accrued, reversed, paid"),
        _listed(
            f"""SELECT e.at, t.title, t.vkn_tckn, e.kind, e.kurus AS commission_kurus, e.commission_bp
                 FROM commission_entry e JOIN tenant t ON t.tenant_id = e.tenant_id AND t.mode = 'live'
                WHERE e.at {_PERIOD.format("e.at")} ORDER BY e.at, e.entry_id""",
            (("at", "An", "At"), *_WHO, ("kind", "Tür", "Kind"), ("commission_kurus", "Komisyon", "Commission"),
             ("commission_bp", "Oran (%)", "Rate (%)")),
            sums=("commission_kurus",), said={"kind": _of(words.COMMISSION)},
        ),
    ),
    "rollforward": Table(
        ("Devir tablosu", "Roll-forward"),
        ("Hesap hesap: açılıştan kapanışa kontör", "Account by account: kontör from opening to closing"),
        _roll_forward,
    ),
    "revenue": Table(
        ("Gelir", "Revenue"),
        ("Lot lot: satılan, kazanılan, süresi dolan", "Lot by lot: sold, earned, broken"),
        _revenue,
    ),
}  # fmt: skip
