-- Functions that others may call run as the role ebelge_ledger with a fixed search_path. pg_temp comes last, because
-- it would come first when it is not named, and a caller's temporary table could then stand in for one of ours.

-- Open a tenant's wallet, empty. Belongs to the creation of the tenant; repeating it does nothing.
CREATE OR REPLACE FUNCTION ledger_open_wallet(p_tenant uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO wallet (tenant_id, available, held, frozen, version, head_hash, last_entry_at)
    VALUES (p_tenant, 0, 0, 0, 0, decode(repeat('00', 32), 'hex'), '2000-01-01 00:00:00+00')
    ON CONFLICT (tenant_id) DO NOTHING
$$;

-- Insert one lot under the wallet's lock. Returns the facts that its first entry keeps, so that lots can be rebuilt
-- from the journal; NULL when this source document was credited before on the same terms. Other terms: EL009.
CREATE OR REPLACE FUNCTION ledger_insert_lot(
    p_tenant uuid, p_lot uuid, p_source text, p_source_id uuid, p_part smallint, p_origin_tenant uuid,
    p_origin_lot uuid, p_priority smallint, p_reason text, p_kontor bigint, p_net bigint, p_expires_at timestamptz,
    p_at timestamptz
) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_old lot%ROWTYPE;
BEGIN
    SELECT * INTO v_old FROM lot
     WHERE tenant_id = p_tenant AND source = p_source AND source_id = p_source_id AND part = p_part;
    IF FOUND THEN
        IF (v_old.granted, v_old.net_price_kurus, v_old.priority, v_old.origin_tenant_id, v_old.origin_lot_id)
           IS DISTINCT FROM (p_kontor, p_net, p_priority, p_origin_tenant, p_origin_lot) THEN
            RAISE EXCEPTION '% % was credited on other terms', p_source, p_source_id USING ERRCODE = 'EL009';
        END IF;
        RETURN NULL;
    END IF;
    IF p_source NOT IN ('payment', 'receivable', 'bonus', 'goodwill', 'opening', 'received', 'grace')
       OR (p_source IN ('received', 'grace')) <> (p_origin_lot IS NOT NULL AND p_origin_tenant IS NOT NULL) THEN
        RAISE EXCEPTION 'a lot cannot come from %', p_source USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO lot (tenant_id, lot_id, source, source_id, part, origin_tenant_id, origin_lot_id, priority, reason,
                     granted, remaining, held, consumed, expired, voided, frozen, passed,
                     net_price_kurus, net_left_kurus, credited_at, expires_at, open)
    VALUES (p_tenant, p_lot, p_source, p_source_id, p_part, p_origin_tenant, p_origin_lot, p_priority, p_reason,
            p_kontor, p_kontor, 0, 0, 0, 0, 0, 0, p_net, p_net, p_at, p_expires_at, true);
    RETURN concat_ws(';', p_source, p_source_id, p_part, p_priority,
                     (extract(epoch FROM p_expires_at) * 1000000)::bigint,
                     coalesce(p_origin_tenant::text, '-'), coalesce(p_origin_lot::text, '-'), p_reason);
END $$;

-- Credit kontör as one lot. Returns true when credited, false when this source document was credited before.
CREATE OR REPLACE FUNCTION ledger_grant(
    p_tenant uuid, p_lot uuid, p_source text, p_source_id uuid, p_part smallint, p_kontor bigint,
    p_net_kurus bigint, p_expires_at timestamptz, p_priority smallint, p_reason text, p_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    v_facts text;
BEGIN
    v_facts := ledger_insert_lot(p_tenant, p_lot, p_source, p_source_id, p_part, NULL, NULL, p_priority, p_reason,
                                 p_kontor, p_net_kurus, p_expires_at, w.last_entry_at);
    IF v_facts IS NULL THEN
        RETURN false;
    END IF;
    IF p_expires_at <= w.last_entry_at THEN
        RAISE EXCEPTION 'a lot cannot be credited after its expiry' USING ERRCODE = 'EL003';
    END IF;
    PERFORM ledger_append(w, ARRAY['granted'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[p_kontor],
                          ARRAY[p_net_kurus], ARRAY[p_source_id], ARRAY[v_facts]);
    RETURN true;
END $$;

-- Post the expiry of at most p_limit lots that are past due, oldest first; returns what expired.
-- Frozen lots do not expire, held kontör neither: if it comes back, it becomes a grace lot.
CREATE OR REPLACE FUNCTION ledger_expire(p_tenant uuid, p_limit int, p_at timestamptz)
RETURNS TABLE (lot_id uuid, kontor bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    l record;
    a_lot uuid[] := '{}';
    a_kontor bigint[] := '{}';
    a_net bigint[] := '{}';
BEGIN
    FOR l IN SELECT x.lot_id, x.remaining, x.net_left_kurus FROM lot x
              WHERE x.tenant_id = p_tenant AND x.open AND x.expires_at <= w.last_entry_at
              ORDER BY x.expires_at, x.lot_id LIMIT p_limit
    LOOP
        UPDATE lot x SET remaining = 0, expired = x.expired + l.remaining, net_left_kurus = 0, open = false
         WHERE x.tenant_id = p_tenant AND x.lot_id = l.lot_id;
        a_lot := array_append(a_lot, l.lot_id);
        a_kontor := array_append(a_kontor, l.remaining);
        a_net := array_append(a_net, l.net_left_kurus);
    END LOOP;
    PERFORM ledger_append(w, array_fill('expired'::text, ARRAY[cardinality(a_lot)]),
                          array_fill(NULL::uuid, ARRAY[cardinality(a_lot)]), a_lot, a_kontor, a_net, a_lot,
                          array_fill(''::text, ARRAY[cardinality(a_lot)]));
    RETURN QUERY SELECT * FROM unnest(a_lot, a_kontor);
END $$;

-- Freeze what remains of a lot (dispute, refund under way). Kontör that comes back later is frozen too.
-- Returns the kontör frozen; 0 when the lot is frozen or voided already.
CREATE OR REPLACE FUNCTION ledger_freeze(p_tenant uuid, p_lot uuid, p_reason text, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    l lot%ROWTYPE;
BEGIN
    SELECT * INTO l FROM lot WHERE tenant_id = p_tenant AND lot_id = p_lot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no lot %', p_lot USING ERRCODE = 'EL004';
    END IF;
    IF l.frozen_at IS NOT NULL OR l.voided_at IS NOT NULL THEN
        RETURN 0;
    END IF;
    IF l.expires_at <= w.last_entry_at THEN
        RAISE EXCEPTION 'lot % has expired', p_lot USING ERRCODE = 'EL003';
    END IF;
    UPDATE lot SET remaining = 0, frozen = l.remaining, frozen_at = w.last_entry_at, open = false
     WHERE tenant_id = p_tenant AND lot_id = p_lot;
    PERFORM ledger_append(w, ARRAY['frozen'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[l.remaining],
                          ARRAY[l.net_left_kurus], ARRAY[p_lot], ARRAY[p_reason]);
    RETURN l.remaining;
END $$;

-- Thaw a frozen lot (dispute won, refund failed): the frozen time is added to its expiry. Returns the kontör thawed.
CREATE OR REPLACE FUNCTION ledger_thaw(p_tenant uuid, p_lot uuid, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    l lot%ROWTYPE;
    v_expires timestamptz;
BEGIN
    SELECT * INTO l FROM lot WHERE tenant_id = p_tenant AND lot_id = p_lot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no lot %', p_lot USING ERRCODE = 'EL004';
    END IF;
    IF l.frozen_at IS NULL THEN
        RETURN 0;
    END IF;
    v_expires := l.expires_at + (w.last_entry_at - l.frozen_at);
    UPDATE lot SET remaining = l.frozen, frozen = 0, frozen_at = NULL, expires_at = v_expires, open = l.frozen > 0
     WHERE tenant_id = p_tenant AND lot_id = p_lot;
    PERFORM ledger_append(w, ARRAY['thawed'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[l.frozen],
                          ARRAY[l.net_left_kurus], ARRAY[p_lot],
                          ARRAY[((extract(epoch FROM v_expires) * 1000000)::bigint)::text]);
    RETURN l.frozen;
END $$;

-- Void what is frozen of a lot for good (refund paid, chargeback lost); what comes back to it later is voided too.
CREATE OR REPLACE FUNCTION ledger_void(p_tenant uuid, p_lot uuid, p_reason text, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    l lot%ROWTYPE;
BEGIN
    SELECT * INTO l FROM lot WHERE tenant_id = p_tenant AND lot_id = p_lot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no lot %', p_lot USING ERRCODE = 'EL004';
    END IF;
    IF l.voided_at IS NOT NULL THEN
        RETURN 0;
    END IF;
    IF l.frozen_at IS NULL THEN
        RAISE EXCEPTION 'lot % must be frozen before it is voided', p_lot USING ERRCODE = 'EL005';
    END IF;
    UPDATE lot SET frozen = 0, voided = l.voided + l.frozen, net_left_kurus = 0,
                   frozen_at = NULL, voided_at = w.last_entry_at
     WHERE tenant_id = p_tenant AND lot_id = p_lot;
    PERFORM ledger_append(w, ARRAY['voided'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[l.frozen],
                          ARRAY[l.net_left_kurus], ARRAY[p_lot], ARRAY[p_reason]);
    RETURN l.frozen;
END $$;
