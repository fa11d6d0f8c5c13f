"""(A) The gateways' own lists and the bank's lines against our payments, refunds and decisions."""

from billing.reconciliation.checks import Check

# A payment that credits nothing is explained by the break that keeps it, open or ended.
_UNKNOWN_TO_US = """
    SELECT :operator_id, g.gateway || ':' || g.gateway_payment_id, g.amount_kurus, NULL::bigint,
           jsonb_build_object('day', g.day, 'transaction', g.transaction_id, 'attempt', g.attempt_ref)
      FROM gateway_line g
     WHERE g.kind = 'payment'
       AND NOT EXISTS (SELECT 1 FROM payment p
                        WHERE p.gateway = g.gateway AND p.gateway_payment_id = g.gateway_payment_id)
       AND NOT EXISTS (SELECT 1 FROM finance_break b
                        WHERE b.subject = g.gateway || ':' || g.gateway_payment_id
                          AND b.kind <> 'gateway_payment_unknown')
"""
# Only days whose list was fetched can miss a payment; a list is fetched after its day has ended in Istanbul.
_NOT_IN_LIST = """
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, p.amount_kurus, NULL::bigint,
           jsonb_build_object('payment_id', p.payment_id, 'day', (p.paid_at AT TIME ZONE 'Europe/Istanbul')::date)
      FROM payment p
     WHERE p.gateway <> 'bank'
       AND EXISTS (SELECT 1 FROM gateway_line g WHERE g.gateway = p.gateway
                      AND g.day = (p.paid_at AT TIME ZONE 'Europe/Istanbul')::date)
       AND NOT EXISTS (SELECT 1 FROM gateway_line g WHERE g.gateway = p.gateway AND g.kind = 'payment'
                          AND g.gateway_payment_id = p.gateway_payment_id)
"""
_AMOUNT_DIFFERS = """
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, g.amount_kurus - p.paid_kurus, NULL::bigint,
           jsonb_build_object('listed_kurus', g.amount_kurus, 'currency', g.currency, 'ours_kurus', p.paid_kurus)
      FROM payment p
      JOIN gateway_line g ON g.gateway = p.gateway AND g.gateway_payment_id = p.gateway_payment_id
           AND g.kind = 'payment'
     WHERE g.currency <> p.currency OR g.amount_kurus NOT IN (p.paid_kurus, p.amount_kurus)
"""
_REFUND_DIFFERS = """
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, g.kurus - p.refunded_kurus, NULL::bigint,
           jsonb_build_object('listed_kurus', g.kurus, 'ours_kurus', p.refunded_kurus)
      FROM payment p
      JOIN (SELECT gateway, gateway_payment_id, sum(abs(amount_kurus))::bigint AS kurus
              FROM gateway_line
             WHERE kind IN ('refund', 'cancel')
               -- It was listed before it failed, or we wait for its outcome (refund_waits tells when for too long).
               AND NOT EXISTS (SELECT 1 FROM refund f WHERE f.state IN ('failed', 'sent', 'unknown')
                                  AND replace(f.refund_id::text, '-', '') = gateway_line.attempt_ref)
             GROUP BY 1, 2) g
        ON g.gateway = p.gateway AND g.gateway_payment_id = p.gateway_payment_id
     WHERE g.kurus > p.refunded_kurus
"""
_REFUNDED_SUM = """
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, p.refunded_kurus - coalesce(r.kurus, 0), NULL::bigint,
           jsonb_build_object('payment_id', p.payment_id, 'refunded_kurus', p.refunded_kurus, 'refunds', r.kurus)
      FROM payment p
      LEFT JOIN (SELECT tenant_id, payment_id, sum(gross_kurus)::bigint AS kurus FROM refund
                  WHERE state = 'done' GROUP BY 1, 2) r ON r.tenant_id = p.tenant_id AND r.payment_id = p.payment_id
     WHERE p.refunded_kurus <> coalesce(r.kurus, 0)
"""
# What came back to a voided lot is voided as well, and refunded later: the sums must cover each other.
_REFUND_WITHOUT_VOID = """
    SELECT r.tenant_id, max(r.refund_id::text), sum(r.gross_kurus)::bigint, sum(l.kontor)::bigint,
           jsonb_build_object('lot_id', l.lot_id, 'order_id', r.order_id)
      FROM refund r
      JOIN refund_lot l ON l.tenant_id = r.tenant_id AND l.refund_id = r.refund_id
      LEFT JOIN lot v ON v.tenant_id = l.tenant_id AND v.lot_id = l.lot_id
     WHERE r.state = 'done' AND r.ended_at < :patience_from
     GROUP BY r.tenant_id, r.order_id, l.lot_id
    HAVING sum(l.kontor) > coalesce(max(v.voided), 0)
"""
_HOLD_WITHOUT_CAUSE = """
    SELECT l.tenant_id, l.lot_id::text, l.net_left_kurus, l.frozen, jsonb_build_object('frozen_at', l.frozen_at)
      FROM lot l JOIN tenant t ON t.tenant_id = l.tenant_id AND t.mode = 'live'
     WHERE l.frozen_at < :patience_from
       AND NOT EXISTS (SELECT 1 FROM lot_hold h
                        WHERE h.tenant_id = l.tenant_id AND h.lot_id = l.lot_id AND h.state = 'frozen')
"""
_REFUND_WAITS = """
    SELECT r.tenant_id, r.refund_id::text, r.gross_kurus, r.kontor,
           jsonb_build_object('state', r.state, 'since', r.requested_at, 'order_id', r.order_id)
      FROM refund r
     WHERE r.ended_at IS NULL
       AND r.requested_at < CAST(:at AS timestamptz)
           - CASE r.state WHEN 'awaiting_return_invoice' THEN interval '30 days' ELSE interval '3 days' END
"""
_LOST_WITHOUT_BOOKING = """
    SELECT d.tenant_id, d.dispute_id::text, d.amount_kurus, NULL::bigint,
           jsonb_build_object('gateway', d.gateway, 'state', d.gateway_state, 'order_id', d.order_id)
      FROM dispute d
     WHERE d.step = 'void'
       -- While it has not ended, kontör that were passed on are not void yet: the message about them may be dead.
       AND (d.ended_at IS NULL AND d.step_at < :patience_from
            OR d.ended_at < :patience_from
               AND NOT EXISTS (SELECT 1 FROM receivable r
                                WHERE r.tenant_id = d.tenant_id AND r.kind = 'chargeback'
                                  AND r.source_id = d.dispute_id)
               AND NOT EXISTS (SELECT 1 FROM lot_hold h
                                WHERE h.cause_tenant_id = d.tenant_id AND h.cause_id = d.dispute_id
                                  AND h.state = 'voided'))
"""
_BANK_OVERSPENT = """
    SELECT :operator_id, l.line_id::text, s.kurus - l.amount_kurus, NULL::bigint,
           jsonb_build_object('booked_on', l.booked_on, 'bank_ref', l.bank_ref, 'line_kurus', l.amount_kurus)
      FROM bank_line l
      JOIN (SELECT line_id, sum(amount_kurus)::bigint AS kurus FROM bank_allocation
             WHERE state IN ('asked', 'approved', 'credited', 'reversed') GROUP BY 1) s ON s.line_id = l.line_id
     WHERE s.kurus > l.amount_kurus
"""
_DECISION_WITHOUT_PAYMENT = """
    SELECT a.to_tenant_id, a.allocation_id::text, a.amount_kurus, NULL::bigint,
           jsonb_build_object('line_id', a.line_id, 'order_id', a.order_id)
      FROM bank_allocation a
     WHERE a.state = 'credited' AND a.reverses_id IS NULL
       AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.tenant_id = a.to_tenant_id AND p.order_id = a.order_id
                          AND p.gateway = 'bank')
"""
# Several lines may make up one payment, so orders are compared: what decisions gave each and what it was paid.
_PAYMENT_WITHOUT_LINE = """
    SELECT p.tenant_id, 'bank:' || p.payment_ref, p.kurus - coalesce(s.kurus, 0), NULL::bigint,
           jsonb_build_object('order_id', p.order_id, 'paid_kurus', p.kurus, 'lines_kurus', s.kurus)
      FROM (SELECT tenant_id, order_id, sum(amount_kurus)::bigint AS kurus, min(gateway_payment_id) AS payment_ref
              FROM payment WHERE gateway = 'bank' GROUP BY 1, 2) p
      LEFT JOIN (SELECT to_tenant_id, order_id, sum(amount_kurus)::bigint AS kurus FROM bank_allocation
                  WHERE state IN ('approved', 'credited', 'reversed') AND reverses_id IS NULL GROUP BY 1, 2) s
        ON s.to_tenant_id = p.tenant_id AND s.order_id = p.order_id
     WHERE p.kurus IS DISTINCT FROM s.kurus
"""
_LINE_WAITS = """
    SELECT :operator_id, l.line_id::text, l.amount_kurus, NULL::bigint,
           jsonb_build_object('booked_on', l.booked_on, 'bank_ref', l.bank_ref, 'sender', l.sender_name,
                              'state', l.state)
      FROM bank_line l
     WHERE l.amount_kurus > 0 AND l.state IN ('new', 'proposed', 'to_refund')
       AND l.booked_on < (CAST(:at AS timestamptz) AT TIME ZONE 'Europe/Istanbul')::date - 3
"""

CHECKS: tuple[Check, ...] = (
    Check("gateway_payment_unknown", _UNKNOWN_TO_US),
    Check("payment_not_in_gateway_list", _NOT_IN_LIST),
    Check("gateway_amount_differs", _AMOUNT_DIFFERS),
    Check("gateway_refund_differs", _REFUND_DIFFERS),
    Check("refunded_sum_differs", _REFUNDED_SUM),
    Check("refund_without_void", _REFUND_WITHOUT_VOID),
    Check("frozen_without_cause", _HOLD_WITHOUT_CAUSE),
    Check("refund_waits", _REFUND_WAITS),
    Check("dispute_lost_not_booked", _LOST_WITHOUT_BOOKING),
    Check("bank_line_overspent", _BANK_OVERSPENT),
    Check("bank_decision_without_payment", _DECISION_WITHOUT_PAYMENT),
    Check("bank_payment_without_line", _PAYMENT_WITHOUT_LINE),
    Check("bank_line_waits", _LINE_WAITS),
)
