"""(A) Payments against orders, lots and grants, both ways."""

from billing.reconciliation.checks import Check

# A payment of an order on open account finds its lot by the order; every other by the payment itself.
_PAYMENT_WITHOUT_LOT = """
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, p.amount_kurus, o.kontor,
           jsonb_build_object('payment_id', p.payment_id, 'order', o.reference)
      FROM payment p
      LEFT JOIN kontor_order o ON o.tenant_id = p.tenant_id AND o.order_id = p.order_id
      LEFT JOIN lot l ON l.tenant_id = p.tenant_id AND l.source = 'payment' AND l.source_id = p.payment_id
           AND l.part = 1
      LEFT JOIN lot r ON r.tenant_id = p.tenant_id AND r.source = 'receivable' AND r.source_id = p.order_id
           AND r.part = 1 AND o.method = 'open_account'
     WHERE l.lot_id IS NULL AND r.lot_id IS NULL
"""
_LOT_WITHOUT_SOURCE = """
    SELECT l.tenant_id, l.lot_id::text, l.net_price_kurus, l.granted,
           jsonb_build_object('source', l.source, 'source_id', l.source_id)
      FROM lot l JOIN tenant t ON t.tenant_id = l.tenant_id AND t.mode = 'live'
     WHERE CASE l.source
           WHEN 'payment' THEN NOT EXISTS (SELECT 1 FROM payment p
                                            WHERE p.tenant_id = l.tenant_id AND p.payment_id = l.source_id)
           WHEN 'receivable' THEN NOT EXISTS (SELECT 1 FROM receivable r
                                               WHERE r.tenant_id = l.tenant_id AND r.source_id = l.source_id
                                                 AND r.kind IN ('open_account', 'emergency'))
           WHEN 'goodwill' THEN NOT EXISTS (SELECT 1 FROM staff_grant g WHERE g.tenant_id = l.tenant_id
                                               AND g.grant_id = l.source_id AND g.state = 'granted')
           ELSE false END
"""
_LOT_DIFFERS = """
    SELECT l.tenant_id, l.lot_id::text, l.net_price_kurus - s.net_kurus, l.granted - s.kontor,
           jsonb_build_object('source', l.source, 'of', s.name, 'kontor', l.granted, 'should_kontor', s.kontor,
                              'net_kurus', l.net_price_kurus, 'should_net_kurus', s.net_kurus)
      FROM lot l
      JOIN (SELECT o.tenant_id, p.payment_id AS source_id, 'payment' AS source, o.kontor, o.net_kurus,
                   o.reference AS name
              FROM payment p JOIN kontor_order o ON o.tenant_id = p.tenant_id AND o.order_id = p.order_id
            UNION ALL
            SELECT tenant_id, order_id, 'bonus', bonus_kontor, 0, reference FROM kontor_order WHERE bonus_kontor > 0
            UNION ALL
            SELECT tenant_id, order_id, 'receivable', kontor, net_kurus, reference
              FROM kontor_order WHERE method = 'open_account'
            UNION ALL
            SELECT tenant_id, grant_id, CASE kind WHEN 'emergency' THEN 'receivable' ELSE 'goodwill' END, kontor, 0,
                   kind
              FROM staff_grant
           ) s ON s.tenant_id = l.tenant_id AND s.source = l.source AND s.source_id = l.source_id
     WHERE l.part = 1 AND (l.granted, l.net_price_kurus) IS DISTINCT FROM (s.kontor, s.net_kurus)
    UNION ALL
    -- Further parts are what a refund or dispute had voided and gave back (ADR 0077).
    SELECT coalesce(l.tenant_id, h.tenant_id), 'given back', coalesce(l.net_kurus, 0) - coalesce(h.net_kurus, 0),
           coalesce(l.kontor, 0) - coalesce(h.kontor, 0),
           jsonb_build_object('kontor', l.kontor, 'should_kontor', h.kontor, 'net_kurus', l.net_kurus,
                              'should_net_kurus', h.net_kurus)
      FROM (SELECT tenant_id, sum(granted)::bigint AS kontor, sum(net_price_kurus)::bigint AS net_kurus FROM lot
             WHERE part > 1 AND source NOT IN ('received', 'grace') GROUP BY 1) l
      FULL JOIN (SELECT tenant_id, sum(kontor)::bigint AS kontor, sum(net_kurus)::bigint AS net_kurus FROM lot_hold
                  WHERE state = 'given_back' GROUP BY 1) h ON h.tenant_id = l.tenant_id
     WHERE (l.kontor, l.net_kurus) IS DISTINCT FROM (h.kontor, h.net_kurus)
"""
_CREDITED_WITHOUT_LOT = """
    SELECT o.tenant_id, o.reference, o.gross_kurus, o.kontor,
           jsonb_build_object('order_id', o.order_id, 'state', o.state, 'method', o.method)
      FROM kontor_order o
      LEFT JOIN lot r ON r.tenant_id = o.tenant_id AND r.source = 'receivable' AND r.source_id = o.order_id
           AND r.part = 1
      LEFT JOIN lot b ON b.tenant_id = o.tenant_id AND b.source = 'bonus' AND b.source_id = o.order_id AND b.part = 1
      LEFT JOIN (SELECT DISTINCT p.tenant_id, p.order_id
                   FROM payment p JOIN lot l ON l.tenant_id = p.tenant_id AND l.source = 'payment'
                        AND l.source_id = p.payment_id AND l.part = 1) q
        ON q.tenant_id = o.tenant_id AND q.order_id = o.order_id
     WHERE o.credited_at IS NOT NULL
       AND (r.lot_id IS NULL AND q.order_id IS NULL OR o.bonus_kontor > 0 AND b.lot_id IS NULL)
"""
_CREDITED_WITHOUT_MONEY = """
    SELECT o.tenant_id, o.reference, o.gross_kurus, o.kontor,
           jsonb_build_object('order_id', o.order_id, 'method', o.method)
      FROM kontor_order o
     WHERE o.credited_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.order_id)
       AND NOT EXISTS (SELECT 1 FROM receivable r WHERE r.tenant_id = o.tenant_id AND r.source_id = o.order_id
                          AND r.kind = 'open_account')
"""
# A debt on open account whose transfer was put to it by mistake is open again and paid by another one.
_TAKEN_BACK = """EXISTS (SELECT 1 FROM bank_allocation a WHERE p.gateway = 'bank' AND o.method = 'open_account'
                                   AND a.payment_ref = p.gateway_payment_id AND a.state = 'reversed')"""
# What was written into a payment row must be what its order says; more than one payment never credits.
_PAYMENT_DIFFERS = f"""
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, p.amount_kurus - o.gross_kurus, NULL::bigint,
           jsonb_build_object('order', o.reference, 'paid_kurus', p.amount_kurus, 'gross_kurus', o.gross_kurus,
                              'currency', p.currency)
      FROM payment p JOIN kontor_order o ON o.tenant_id = p.tenant_id AND o.order_id = p.order_id
     WHERE (p.amount_kurus, p.currency) IS DISTINCT FROM (o.gross_kurus, o.currency)
        OR o.paid_at IS NULL AND NOT {_TAKEN_BACK}
"""
_IN_TWO_PLACES = """
    SELECT p.tenant_id, p.gateway || ':' || p.gateway_payment_id, p.amount_kurus, NULL::bigint,
           jsonb_build_object('payment_id', p.payment_id, 'times', count(*) OVER w)
      FROM payment p
      JOIN (SELECT gateway, gateway_payment_id FROM payment GROUP BY 1, 2 HAVING count(*) > 1) twice
        USING (gateway, gateway_payment_id)
    WINDOW w AS (PARTITION BY p.gateway, p.gateway_payment_id)
"""
_TWO_PAYMENTS = f"""
    SELECT p.tenant_id, min(o.reference), sum(p.amount_kurus)::bigint, NULL::bigint,
           jsonb_build_object('order_id', p.order_id, 'payments', count(*))
      FROM payment p LEFT JOIN kontor_order o ON o.tenant_id = p.tenant_id AND o.order_id = p.order_id
     WHERE NOT {_TAKEN_BACK}
     GROUP BY p.tenant_id, p.order_id HAVING count(*) > 1
"""
_WITHOUT_INVOICE = """
    SELECT o.tenant_id, o.reference, o.gross_kurus, NULL::bigint, jsonb_build_object('order_id', o.order_id)
      FROM kontor_order o JOIN tenant t ON t.tenant_id = o.tenant_id AND t.mode = 'live'
     WHERE o.invoice_state = 'wanted' AND o.credited_at < :patience_from
"""
_INVOICE_DIFFERS = """
    SELECT o.tenant_id, o.reference, o.gross_kurus - d.payable_kurus, NULL::bigint,
           jsonb_build_object('order_id', o.order_id, 'document_id', o.invoice_document_id, 'number', d.reference,
                              'state', d.state)
      FROM kontor_order o
      LEFT JOIN document_outcomes d ON d.tenant_id = :operator_id AND d.document_id = o.invoice_document_id
     WHERE o.invoice_state = 'issued'
       AND (d.document_id IS NULL OR d.payable_kurus <> o.gross_kurus OR d.state IN ('failed', 'withdrawn'))
    UNION ALL
    -- It would have differed, so it was not issued: whoever made it said so, and that stays until there is one.
    SELECT o.tenant_id, o.reference, b.amount_kurus, NULL::bigint, b.data
      FROM finance_break b
      JOIN kontor_order o ON o.tenant_id = b.tenant_id AND o.reference = b.subject AND o.invoice_state = 'wanted'
     WHERE b.kind = 'invoice_differs_from_order' AND b.state = 'open'
"""
_OVERDUE = """
    SELECT r.tenant_id, r.receivable_id::text, r.gross_kurus - r.settled_kurus, r.kontor - r.settled_kontor,
           jsonb_build_object('kind', r.kind, 'source_id', r.source_id, 'due_at', r.due_at)
      FROM receivable r WHERE r.state = 'open' AND r.due_at <= :at
"""

CHECKS: tuple[Check, ...] = (
    Check("payment_without_lot", _PAYMENT_WITHOUT_LOT),
    Check("lot_without_source", _LOT_WITHOUT_SOURCE),
    Check("lot_differs_from_source", _LOT_DIFFERS),
    Check("order_without_lot", _CREDITED_WITHOUT_LOT),
    Check("order_without_money", _CREDITED_WITHOUT_MONEY),
    Check("payment_differs_from_order", _PAYMENT_DIFFERS),
    Check("payment_in_two_places", _IN_TWO_PLACES),
    Check("order_paid_twice", _TWO_PAYMENTS),
    Check("order_without_invoice", _WITHOUT_INVOICE),
    Check("invoice_differs_from_order", _INVOICE_DIFFERS),
    Check("receivable_overdue", _OVERDUE),
)
