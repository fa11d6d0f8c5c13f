"""The books broken on purpose, in every way: each is found and named, nothing else changes, mending it ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from billing.reconciliation.kinds import KINDS
from billing.reconciliation.run import CHECKS
from ebelge.core.ids import new_id
from tests.reconciliation.conftest import Akin, Books


@dataclass(frozen=True)
class Damage:
    """What is done to the books, and which kind of break it must become. `also`: what follows from the same wrong."""

    kind: str
    does: Callable[[Books, Akin], None]
    also: tuple[str, ...] = ()
    at_operator: bool = False


def _sql(statement: str) -> Callable[[Books, Akin], None]:
    def spoil(books: Books, akin: Akin) -> None:
        assert books.spoil(statement, akin=akin.tenant_id, id=new_id(), operator=books.operator) > 0

    return spoil


def _bank(statement: str) -> Callable[[Books, Akin], None]:
    """Akın also paid by bank; then a part of it is spoilt."""

    def spoil(books: Books, akin: Akin) -> None:
        order, line = akin.bought(listed=False, method="bank"), books.bank_line()
        books.spoil(
            "INSERT INTO bank_allocation (allocation_id, line_id, to_tenant_id, order_id, amount_kurus, state,"
            " second_person, payment_ref, asked_by, asked_at) VALUES (%(id)s, %(line)s, %(akin)s, %(order)s, 124990,"
            " 'credited', false, %(ref)s, 'ayse', now())",
            id=new_id(), line=line, akin=akin.tenant_id, order=order.order_id, ref=str(line),
        )  # fmt: skip
        assert books.run() and ("bank_payment_without_line", "") not in books.open(akin.tenant_id)
        assert books.spoil(statement, akin=akin.tenant_id, line=line, order=order.order_id) > 0

    return spoil


def _unknown_payment(books: Books, akin: Akin) -> None:
    akin.listed("iyzico", f"stranger-{akin.tenant_id.hex}", 99_00)


def _more_refunded(books: Books, akin: Akin) -> None:
    order = akin.bought()
    ((payment_id,),) = _payments(books, akin, order.order_id)
    akin.listed("iyzico", payment_id, 10_00, "refund")


def _payments(books: Books, akin: Akin, order_id: object) -> list[tuple[str]]:
    with psycopg.connect(books.url) as connection:
        return connection.execute(
            "SELECT gateway_payment_id FROM payment WHERE tenant_id = %s AND order_id = %s", (akin.tenant_id, order_id)
        ).fetchall()


def _another_tenant(books: Books, akin: Akin) -> None:
    """The same payment, copied to another customer with an order of its own."""
    bora = books.akin()
    order = bora.bought()
    assert books.spoil(
        "UPDATE payment SET gateway_payment_id = (SELECT gateway_payment_id FROM payment WHERE tenant_id = %(akin)s)"
        " WHERE tenant_id = %(bora)s AND order_id = %(order)s",
        akin=akin.tenant_id, bora=bora.tenant_id, order=order.order_id,
    )  # fmt: skip


def _with_document(statement: str, state: str = "delivered") -> Callable[[Books, Akin], None]:
    def spoil(books: Books, akin: Akin) -> None:
        document_id = akin.document(state=state)
        assert books.spoil(statement, akin=akin.tenant_id, id=document_id) > 0

    return spoil


def _refund(state: str, ago: str) -> str:
    return f"""
        INSERT INTO refund (tenant_id, refund_id, order_id, payment_id, gateway, kontor, net_kurus, kdv_kurus,
                            gross_kurus, currency, state, tax_way, reason, requested_by, requested_at, check_at,
                            ended_at)
        SELECT tenant_id, %(id)s, order_id, payment_id, gateway, 10, 100, 20, 120, 'TRY', '{state}', 'iade_faturasi',
               'x', 'x', now() - interval '{ago}', now(),
               CASE WHEN '{state}' = 'done' THEN now() - interval '{ago}' END
          FROM payment WHERE tenant_id = %(akin)s LIMIT 1"""


def _refund_without_void(books: Books, akin: Akin) -> None:
    refund_id = new_id()
    books.spoil(_refund("done", "2 hours"), akin=akin.tenant_id, id=refund_id)
    books.spoil("UPDATE payment SET refunded_kurus = 120 WHERE tenant_id = %(akin)s", akin=akin.tenant_id)
    books.spoil(
        "INSERT INTO refund_lot SELECT tenant_id, %(id)s, lot_id, 10, 100 FROM lot "
        "WHERE tenant_id = %(akin)s AND source = 'payment' LIMIT 1",
        akin=akin.tenant_id, id=refund_id,
    )  # fmt: skip


PAID_LOT = "tenant_id = %(akin)s AND source = 'payment'"
ORDER = "tenant_id = %(akin)s"
DAMAGES = (
    Damage("payment_without_lot", _sql(f"UPDATE lot SET source_id = %(id)s WHERE {PAID_LOT}"),
           also=("lot_without_source", "order_without_lot")),
    Damage("lot_without_source", _sql(f"UPDATE lot SET source = 'goodwill', source_id = %(id)s WHERE {PAID_LOT}"),
           also=("payment_without_lot", "order_without_lot")),
    Damage("lot_differs_from_source", _sql(f"UPDATE kontor_order SET kontor = 999 WHERE {ORDER}")),
    Damage("order_without_lot", _sql(
        "UPDATE lot SET source = 'opening' WHERE tenant_id = %(akin)s AND source = 'bonus'")),
    Damage("order_without_money", _sql("DELETE FROM payment WHERE tenant_id = %(akin)s"),
           also=("lot_without_source", "order_without_lot", "gateway_payment_unknown")),
    Damage("payment_differs_from_order", _sql("UPDATE payment SET amount_kurus = 100 WHERE tenant_id = %(akin)s")),
    Damage("payment_in_two_places", _another_tenant),
    Damage("order_paid_twice", _sql(
        "INSERT INTO payment SELECT (jsonb_populate_record(p, jsonb_build_object('payment_id', %(id)s::text,"
        " 'gateway_payment_id', %(id)s::text))).* FROM payment p WHERE tenant_id = %(akin)s"),
           also=("payment_without_lot", "payment_not_in_gateway_list")),
    Damage("order_without_invoice", _sql(
        f"UPDATE kontor_order SET credited_at = now() - interval '2 hours' WHERE {ORDER}"),
           also=("lot_differs_from_source",)),
    Damage("invoice_differs_from_order", _sql(
        f"UPDATE kontor_order SET invoice_state = 'issued', invoice_document_id = %(id)s WHERE {ORDER}")),
    Damage("receivable_overdue", _sql(
        "INSERT INTO receivable (tenant_id, receivable_id, kind, source_id, kontor, gross_kurus, state, due_at,"
        " created_at)"
        " VALUES (%(akin)s, %(id)s, 'chargeback', %(id)s, 5, 500, 'open', now() - interval '1 day', now())")),
    Damage("gateway_payment_unknown", _unknown_payment, at_operator=True),
    Damage("payment_not_in_gateway_list", lambda books, akin: akin.bought(listed=False) and None),
    Damage("gateway_amount_differs", _sql(
        "UPDATE gateway_line g SET amount_kurus = 1 FROM payment p WHERE p.tenant_id = %(akin)s"
        " AND p.gateway_payment_id = g.gateway_payment_id")),
    Damage("gateway_refund_differs", _more_refunded),
    Damage("refunded_sum_differs", _sql("UPDATE payment SET refunded_kurus = 7 WHERE tenant_id = %(akin)s")),
    Damage("refund_without_void", _refund_without_void),
    Damage("frozen_without_cause", _sql(
        "UPDATE lot SET frozen_at = now() - interval '2 hours', frozen = remaining, remaining = 0, open = false"
        f" WHERE {PAID_LOT}")),
    Damage("refund_waits", _sql(_refund("ready", "4 days"))),
    Damage("dispute_lost_not_booked", _sql("""
        INSERT INTO dispute (tenant_id, dispute_id, gateway, gateway_dispute_id, payment_id, order_id, amount_kurus,
                             fee_kurus, gateway_state, step, step_at, withdrawn, reason, opened_at, ended_at)
        SELECT tenant_id, %(id)s, gateway, 'd-1', payment_id, order_id, 100, 0, 'lost', 'void', now(), true, '', now(),
               now() - interval '2 hours' FROM payment WHERE tenant_id = %(akin)s""")),
    Damage("bank_line_overspent", _bank("UPDATE bank_line SET amount_kurus = 5 WHERE line_id = %(line)s"),
           at_operator=True),
    Damage("bank_decision_without_payment", _bank(
        "DELETE FROM payment WHERE tenant_id = %(akin)s AND order_id = %(order)s"),
           also=("order_without_money", "lot_without_source", "order_without_lot")),
    Damage("bank_payment_without_line", _bank("DELETE FROM bank_allocation WHERE line_id = %(line)s")),
    Damage("bank_line_waits", _bank("UPDATE bank_line SET state = 'new', booked_on = current_date - 9"
                                    " WHERE line_id = %(line)s"), at_operator=True),
    Damage("signed_without_charge", _with_document("UPDATE charge SET state = 'held', ended_at = NULL"
                                                   " WHERE charge_id = %(id)s AND tenant_id = %(akin)s"),
           also=("lot_price_differs",)),
    Damage("charged_without_signature", _with_document(
        "UPDATE document SET state = 'failed', signed_sha256 = NULL, signed_at = NULL, number_held = false"
        " WHERE document_id = %(id)s AND tenant_id = %(akin)s")),
    Damage("released_but_signed", _with_document("UPDATE charge SET state = 'released'"
                                                 " WHERE charge_id = %(id)s AND tenant_id = %(akin)s")),
    Damage("held_too_long", _with_document("UPDATE charge SET state = 'held', ended_at = NULL,"
                                           " reserved_at = now() - interval '2 days'"
                                           " WHERE charge_id = %(id)s AND tenant_id = %(akin)s"),
           also=("signed_without_charge", "lot_price_differs")),
    Damage("return_differs", _with_document("UPDATE document SET state = 'refused' WHERE document_id = %(id)s"
                                            " AND tenant_id = %(akin)s")),
    Damage("charge_differs_from_document", _with_document("UPDATE document SET kontor = 1 WHERE document_id = %(id)s"
                                                          " AND tenant_id = %(akin)s")),
    Damage("charge_without_document", _with_document("DELETE FROM document WHERE document_id = %(id)s"
                                                     " AND tenant_id = %(akin)s")),
    Damage("roll_forward_differs", _sql("UPDATE wallet SET available = available + 1 WHERE tenant_id = %(akin)s")),
    Damage("lot_price_differs", _sql(f"UPDATE lot SET net_left_kurus = net_left_kurus - 1 WHERE {PAID_LOT}")),
    Damage("commission_missing", _sql("""
        WITH c AS (INSERT INTO reseller_contract SELECT %(operator)s, %(id)s, 'commission', 1500, 14, 'inherit',
                          tstzrange(now() - interval '3 days', now() + interval '1 second' * random()), 'x', now())
        UPDATE kontor_order SET reseller_id = %(operator)s, credited_at = now() - interval '1 day',
               paid_at = now() - interval '1 day' WHERE tenant_id = %(akin)s"""),
           also=("order_without_invoice",)),
    Damage("commission_differs", _sql("""
        INSERT INTO commission_entry (tenant_id, entry_id, kind, cause_id, customer_id, order_id, commission_bp,
                                      base_net_kurus, kurus, month, at)
        SELECT tenant_id, %(id)s, 'accrued', order_id, tenant_id, order_id, 1500, net_kurus, 1, '2026-11-01', now()
          FROM kontor_order WHERE tenant_id = %(akin)s""")),
    Damage("commission_negative", _sql("""
        INSERT INTO commission_entry (tenant_id, entry_id, kind, cause_id, customer_id, order_id, commission_bp,
                                      base_net_kurus, kurus, month, at)
        SELECT tenant_id, %(id)s, 'reversed', order_id, tenant_id, order_id, 1500, net_kurus, -1, '2026-11-01', now()
          FROM kontor_order WHERE tenant_id = %(akin)s""")),
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.kind)
def test_damage_is_found_named_and_nothing_else_changes(damage: Damage, books: Books) -> None:
    akin = books.akin()
    akin.bought()
    akin.document()
    books.run()
    assert books.open(akin.tenant_id) == set()
    before_operator = books.open(books.operator)

    damage.does(books, akin)
    before = books.fingerprint()
    first = books.run()

    where = books.open(books.operator) - before_operator if damage.at_operator else books.open(akin.tenant_id)
    assert damage.kind in {kind for kind, _ in where}
    assert {kind for kind, _ in books.open(akin.tenant_id)} <= {damage.kind, *damage.also}
    assert books.fingerprint() == before
    assert first.opened >= 1
    again = books.run()
    assert (again.opened, again.open_now) == (0, first.open_now)


def test_every_kind_of_break_is_explained_and_tried() -> None:
    kinds = {kind for check in CHECKS for kind in (check.kinds or (check.kind,))}
    assert kinds == KINDS.keys() == {damage.kind for damage in DAMAGES}
