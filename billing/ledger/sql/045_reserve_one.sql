-- Hold kontör for one charge, from the lot that is spent first: the hot path. Returns the kontör it is short of, 0 when
-- it is held. What is less common (a charge that exists, several lots, a shortage, no wallet, a wrong time) is left to
-- ledger_reserve, with the same outcome.
-- Wallet, lot and charge are looked at in one snapshot and without a lock. Every write of the ledger raises the
-- wallet's version, so the wallet's guarded UPDATE, which takes the lock, proves that what was seen still holds. If
-- somebody was faster, the second look is taken under the lock.
CREATE OR REPLACE FUNCTION ledger_reserve_one(
    p_tenant uuid, p_charge uuid, p_kind text, p_kontor bigint, p_price uuid, p_reference text, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    r record;
    v_net bigint;
    v_detail text := p_kind || ';' || p_price || ';' || p_reference;
    v_now timestamptz := ledger_now();
BEGIN
    FOR v_look IN 1 .. 2 LOOP
        IF v_look = 2 THEN
            PERFORM ledger_lock(p_tenant, p_at);
        END IF;
        SELECT x.version + 1 AS version, x.available - p_kontor AS available, x.held + p_kontor AS held, x.frozen,
               x.head_hash, greatest(p_at, x.last_entry_at) AS at, l.lot_id, l.remaining, l.net_left_kurus
          INTO r
          FROM wallet x
         CROSS JOIN LATERAL (
               SELECT y.lot_id, y.remaining, y.net_left_kurus FROM lot y
                WHERE y.tenant_id = p_tenant AND y.open AND y.expires_at > greatest(p_at, x.last_entry_at)
                ORDER BY y.priority, y.expires_at, y.lot_id LIMIT 1) l
         WHERE x.tenant_id = p_tenant
           AND NOT EXISTS (SELECT FROM charge c WHERE c.tenant_id = p_tenant AND c.charge_id = p_charge);
        EXIT WHEN (r.remaining >= p_kontor
                   AND p_at BETWEEN v_now - interval '60 seconds' AND v_now + interval '5 seconds') IS NOT TRUE;
        v_net := ledger_share(r.net_left_kurus, r.remaining, p_kontor);
        r.head_hash := ledger_hash(r.head_hash, p_tenant, r.version, 'reserved', p_charge, r.lot_id, p_kontor, v_net,
                                   r.available, r.held, r.frozen, r.at, p_charge, v_detail);
        UPDATE wallet
           SET available = r.available, held = r.held, version = r.version, head_hash = r.head_hash,
               last_entry_at = r.at
         WHERE tenant_id = p_tenant AND version = r.version - 1;
        CONTINUE WHEN NOT FOUND;
        UPDATE lot
           SET remaining = remaining - p_kontor, held = held + p_kontor, open = remaining > p_kontor,
               net_left_kurus = net_left_kurus - v_net
         WHERE tenant_id = p_tenant AND lot_id = r.lot_id;
        INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at)
        VALUES (p_tenant, p_charge, p_kind, p_kontor, p_price, p_reference, 'held', r.at);
        INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor, net_kurus)
        VALUES (p_tenant, p_charge, r.lot_id, p_kontor, v_net);
        INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus,
                             available, held, frozen, at, correlation_id, detail, hash)
        VALUES (p_tenant, r.version, 'reserved', p_charge, r.lot_id, p_kontor, v_net,
                r.available, r.held, r.frozen, r.at, p_charge, v_detail, r.head_hash);
        RETURN 0;
    END LOOP;
    RETURN (ledger_reserve(p_tenant, ARRAY[p_charge], ARRAY[p_kind], ARRAY[p_kontor], ARRAY[p_price],
                           ARRAY[p_reference], false, p_at))[2];
END $$;
