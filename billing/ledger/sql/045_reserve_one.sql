-- Hold kontör for one charge, from the lots that are spent first: the hot path. Returns the kontör it is short of, 0
-- when it is held. What is rare (a charge that exists, a shortage, no wallet, a wrong time) is left to ledger_reserve.
-- Wallet, lots and charge are looked at without a lock, one lot after another until they suffice. Every write of the
-- ledger raises the wallet's version, so the wallet's guarded UPDATE, which takes the lock, proves that what was seen
-- still holds; nothing is written before it. If somebody was faster, the second look is taken under the lock.
CREATE OR REPLACE FUNCTION ledger_reserve_one(
    p_tenant uuid, p_charge uuid, p_kind text, p_kontor bigint, p_price uuid, p_reference text, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_now timestamptz := ledger_now();
    v_detail text := p_kind || ';' || p_price || ';' || p_reference;
    -- the wallet after the charge, and the version before it
    v_version bigint;
    v_available bigint;
    v_held bigint;
    v_frozen bigint;
    v_at timestamptz;
    v_hash bytea;
    -- the lot in hand
    v_lot uuid;
    v_priority smallint;
    v_expires timestamptz;
    v_remaining bigint;
    v_net_left bigint;
    -- what is taken from it, and what is missing then
    v_take bigint;
    v_net bigint;
    v_need bigint;
    v_count int;
    -- all of them, where one does not suffice
    a_lot uuid[];
    a_take bigint[];
    a_net bigint[];
    a_hash bytea[];
BEGIN
    FOR v_look IN 1 .. 2 LOOP
        IF v_look = 2 THEN
            PERFORM ledger_lock(p_tenant, p_at);
        END IF;
        SELECT w.version, w.available - p_kontor, w.held + p_kontor, w.frozen, greatest(p_at, w.last_entry_at),
               w.head_hash, l.lot_id, l.priority, l.expires_at, l.remaining, l.net_left_kurus
          INTO v_version, v_available, v_held, v_frozen, v_at,
               v_hash, v_lot, v_priority, v_expires, v_remaining, v_net_left
          FROM wallet w
         CROSS JOIN LATERAL (
               SELECT x.lot_id, x.priority, x.expires_at, x.remaining, x.net_left_kurus FROM lot x
                WHERE x.tenant_id = p_tenant AND x.open AND x.expires_at > greatest(p_at, w.last_entry_at)
                ORDER BY x.priority, x.expires_at, x.lot_id LIMIT 1) l
         WHERE w.tenant_id = p_tenant
           AND NOT EXISTS (SELECT FROM charge c WHERE c.tenant_id = p_tenant AND c.charge_id = p_charge);
        EXIT WHEN NOT FOUND
               OR (p_at BETWEEN v_now - interval '60 seconds' AND v_now + interval '5 seconds') IS NOT TRUE;

        v_need := p_kontor;
        v_count := 0;
        LOOP
            v_count := v_count + 1;
            v_take := least(v_remaining, v_need);
            v_need := v_need - v_take;
            v_net := ledger_share(v_net_left, v_remaining, v_take);
            v_hash := ledger_hash(v_hash, p_tenant, v_version + v_count, 'reserved', p_charge, v_lot, v_take, v_net,
                                  v_available + v_need, v_held - v_need, v_frozen, v_at, p_charge, v_detail);
            IF v_need > 0 OR v_count > 1 THEN
                a_lot[v_count] := v_lot;
                a_take[v_count] := v_take;
                a_net[v_count] := v_net;
                a_hash[v_count] := v_hash;
            END IF;
            EXIT WHEN v_need = 0;
            SELECT x.lot_id, x.priority, x.expires_at, x.remaining, x.net_left_kurus
              INTO v_lot, v_priority, v_expires, v_remaining, v_net_left
              FROM lot x
             WHERE x.tenant_id = p_tenant AND x.open AND x.expires_at > v_at
               AND (x.priority, x.expires_at, x.lot_id) > (v_priority, v_expires, v_lot)
             ORDER BY x.priority, x.expires_at, x.lot_id LIMIT 1;
            EXIT WHEN NOT FOUND;
        END LOOP;
        EXIT WHEN v_need > 0;

        UPDATE wallet
           SET available = v_available, held = v_held, version = v_version + v_count, head_hash = v_hash,
               last_entry_at = v_at
         WHERE tenant_id = p_tenant AND version = v_version;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at)
        VALUES (p_tenant, p_charge, p_kind, p_kontor, p_price, p_reference, 'held', v_at);
        v_need := p_kontor;
        FOR i IN 1 .. v_count LOOP
            IF v_count > 1 THEN
                v_lot := a_lot[i];
                v_take := a_take[i];
                v_net := a_net[i];
                v_hash := a_hash[i];
            END IF;
            v_need := v_need - v_take;
            UPDATE lot
               SET remaining = remaining - v_take, held = held + v_take, open = remaining > v_take,
                   net_left_kurus = net_left_kurus - v_net
             WHERE tenant_id = p_tenant AND lot_id = v_lot;
            INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor, net_kurus)
            VALUES (p_tenant, p_charge, v_lot, v_take, v_net);
            INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus,
                                 available, held, frozen, at, correlation_id, detail, hash)
            VALUES (p_tenant, v_version + i, 'reserved', p_charge, v_lot, v_take, v_net,
                    v_available + v_need, v_held - v_need, v_frozen, v_at, p_charge, v_detail, v_hash);
        END LOOP;
        RETURN 0;
    END LOOP;
    RETURN (ledger_reserve(p_tenant, ARRAY[p_charge], ARRAY[p_kind], ARRAY[p_kontor], ARRAY[p_price],
                           ARRAY[p_reference], false, p_at))[2];
END $$;
