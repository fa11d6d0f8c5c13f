"""Checks of one tenant that the database can make by itself: each statement returns only what is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` takes :tenant_id; a row's first column names the object, the others fill the sentence."""

    invariant: str
    of: str
    sentence: str
    sql: str


# One row per (charge, lot) as the journal tells it, beside the stored share and charge.
_SHARES = """
    WITH told AS (
        SELECT charge_id, lot_id,
               string_agg(kind, ',' ORDER BY version) AS path,
               min(kontor) AS kontor, max(kontor) AS kontor_max, min(net_kurus) AS net, max(net_kurus) AS net_max,
               min(at) AS reserved_at, max(at) FILTER (WHERE kind <> 'reserved') AS ended_at,
               min(detail) FILTER (WHERE kind = 'reserved') AS detail
          FROM journal
         WHERE tenant_id = :tenant_id AND kind IN ('reserved', 'captured', 'released', 'restored')
         GROUP BY charge_id, lot_id
    )
    SELECT coalesce(told.charge_id, s.charge_id), coalesce(told.lot_id, s.lot_id),
           coalesce(told.path, 'nothing'), coalesce(c.state, 'missing'), told.kontor, s.kontor, told.net, s.net_kurus
      FROM told
      FULL JOIN (SELECT * FROM charge_lot WHERE tenant_id = :tenant_id) s
        ON s.charge_id = told.charge_id AND s.lot_id = told.lot_id
      LEFT JOIN charge c ON c.tenant_id = :tenant_id AND c.charge_id = coalesce(told.charge_id, s.charge_id)
     WHERE CASE told.path WHEN 'reserved' THEN 'held' WHEN 'reserved,captured' THEN 'captured'
                          WHEN 'reserved,released' THEN 'released'
                          WHEN 'reserved,captured,restored' THEN 'restored' END IS DISTINCT FROM c.state
        OR (told.kontor, told.kontor_max) IS DISTINCT FROM (s.kontor, s.kontor)
        OR (told.net, told.net_max) IS DISTINCT FROM (s.net_kurus, s.net_kurus)
        OR (told.reserved_at, told.ended_at) IS DISTINCT FROM (c.reserved_at, c.ended_at)
        OR told.detail IS DISTINCT FROM concat_ws(';', c.kind, c.price_id, c.reference)
"""
_CHARGE_SUMS = """
    SELECT c.charge_id, c.kontor, coalesce(s.kontor, 0)
      FROM charge c
      LEFT JOIN (SELECT charge_id, sum(kontor) AS kontor FROM charge_lot
                  WHERE tenant_id = :tenant_id GROUP BY charge_id) s ON s.charge_id = c.charge_id
     WHERE c.tenant_id = :tenant_id AND c.kontor <> coalesce(s.kontor, 0)
"""
_HELD = """
    SELECT w.tenant_id, w.held, coalesce(sum(c.kontor), 0)
      FROM wallet w LEFT JOIN charge c ON c.tenant_id = :tenant_id AND c.state = 'held'
     WHERE w.tenant_id = :tenant_id GROUP BY w.tenant_id, w.held HAVING w.held <> coalesce(sum(c.kontor), 0)
"""
# What a lot passed on, as its journal tells it, beside the children: parts of transfers and grace lots.
_CHILDREN = """
    WITH child AS (
        SELECT lot_id, kontor, net_kurus FROM transfer_lot WHERE tenant_id = :tenant_id
        UNION ALL
        SELECT origin_lot_id, granted, net_price_kurus FROM lot WHERE tenant_id = :tenant_id AND source = 'grace'
    ), passed AS (
        SELECT lot_id, sum(kontor) AS kontor, sum(net_kurus) AS net FROM journal
         WHERE tenant_id = :tenant_id AND kind = 'passed' GROUP BY lot_id
    ), children AS (
        SELECT lot_id, sum(kontor) AS kontor, sum(net_kurus) AS net FROM child GROUP BY lot_id
    )
    SELECT coalesce(p.lot_id, c.lot_id), coalesce(p.kontor, 0), coalesce(p.net, 0), coalesce(c.kontor, 0),
           coalesce(c.net, 0)
      FROM passed p FULL JOIN children c ON c.lot_id = p.lot_id
     WHERE (p.kontor, p.net) IS DISTINCT FROM (c.kontor, c.net)
"""
_GRACE = """
    SELECT g.lot_id, g.source_id, coalesce(c.state, 'missing')
      FROM lot g
      LEFT JOIN charge c ON c.tenant_id = :tenant_id AND c.charge_id = g.source_id
      LEFT JOIN charge_lot s ON s.tenant_id = :tenant_id AND s.charge_id = g.source_id AND s.lot_id = g.origin_lot_id
      LEFT JOIN lot o ON o.tenant_id = :tenant_id AND o.lot_id = g.origin_lot_id
     WHERE g.tenant_id = :tenant_id AND g.source = 'grace'
       AND (c.state IS NULL OR c.state NOT IN ('released', 'restored') OR o.lot_id IS NULL
            OR g.origin_tenant_id <> :tenant_id OR o.expires_at > g.credited_at
            OR (s.kontor, s.net_kurus) IS DISTINCT FROM (g.granted, g.net_price_kurus))
"""
# A due is a charge that waits: open, there is none yet; settled, it is there, as it was asked for.
_DUES = """
    SELECT d.due_id, d.kontor, d.state, coalesce(c.state, 'missing')
      FROM due d LEFT JOIN charge c ON c.tenant_id = :tenant_id AND c.charge_id = d.due_id
     WHERE d.tenant_id = :tenant_id
       AND CASE d.state WHEN 'open' THEN c.charge_id IS NOT NULL
                ELSE c.state NOT IN ('captured', 'restored') OR c.charge_id IS NULL
                     OR (c.kind, c.kontor, c.price_id, c.reference) IS DISTINCT FROM
                        (d.kind, d.kontor, d.price_id, d.reference) END
"""
_ORIGINS = """
    SELECT l.lot_id, l.source_id, l.origin_tenant_id
      FROM lot l
      LEFT JOIN transfer t ON t.tenant_id = l.origin_tenant_id AND t.draw_id = l.source_id
      LEFT JOIN transfer_lot p ON p.tenant_id = t.tenant_id AND p.draw_id = t.draw_id AND p.part = l.part
     WHERE l.tenant_id = :tenant_id AND l.source = 'received'
       AND (t.to_tenant_id IS DISTINCT FROM :tenant_id
            OR (p.lot_id, p.kontor, p.net_kurus) IS DISTINCT FROM (l.origin_lot_id, l.granted, l.net_price_kurus))
"""
_TRANSFER_SUMS = """
    SELECT t.draw_id, t.kontor, coalesce(p.kontor, 0), coalesce(j.kontor, 0)
      FROM transfer t
      LEFT JOIN (SELECT draw_id, sum(kontor) AS kontor FROM transfer_lot
                  WHERE tenant_id = :tenant_id GROUP BY draw_id) p ON p.draw_id = t.draw_id
      LEFT JOIN (SELECT correlation_id, sum(kontor) AS kontor FROM journal
                  WHERE tenant_id = :tenant_id AND kind = 'passed' AND charge_id IS NULL
                  GROUP BY correlation_id) j ON j.correlation_id = t.draw_id
     WHERE t.tenant_id = :tenant_id AND (t.kontor <> coalesce(p.kontor, 0) OR t.kontor <> coalesce(j.kontor, 0))
"""
# In transit is lawful only while a message will still bring it there.
_IN_TRANSIT = """
    SELECT t.draw_id, t.kontor - r.kontor, t.kontor, t.to_tenant_id
      FROM transfer t
      CROSS JOIN LATERAL (SELECT coalesce(sum(l.granted), 0) AS kontor FROM lot l
                           WHERE l.tenant_id = t.to_tenant_id AND l.source = 'received' AND l.source_id = t.draw_id
                             AND l.origin_tenant_id = :tenant_id) r
     WHERE t.tenant_id = :tenant_id
       AND r.kontor <> t.kontor
       AND (r.kontor <> 0 OR NOT EXISTS (
            SELECT 1 FROM outbox_message m WHERE m.tenant_id = :tenant_id AND m.key = t.draw_id
               AND m.topic = 'kontor.arrive' AND m.state IN ('scheduled', 'waiting', 'claimed')))
"""

CHECKS: tuple[Check, ...] = (
    Check("I5", "charge", "in lot {}: the journal tells {} and it is {}; kontör {}/{}, net {}/{} kuruş", _SHARES),
    Check("I5", "charge", "costs {} kontör, its shares sum to {}", _CHARGE_SUMS),
    Check("I2", "wallet", "{} kontör are held, the held charges sum to {}", _HELD),
    Check("I16", "lot", "passed on {} kontör for {} kuruş, its children have {} for {}", _CHILDREN),
    Check("I10", "grace lot", "does not agree with its charge {} ({}), its share or its origin", _GRACE),
    Check("I16", "lot", "says it came by draw {} of tenant {}, which does not agree", _ORIGINS),
    Check("I16", "draw", "passed {} kontör, its parts sum to {}, its entries to {}", _TRANSFER_SUMS),
    Check("I16", "draw", "{} of {} kontör have not arrived at tenant {} and no message will bring them", _IN_TRANSIT),
    Check("I17", "due", "{} kontör, {}: its charge is {}, or not what was owed", _DUES),
)
