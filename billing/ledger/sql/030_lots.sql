-- Open a tenant's wallet, empty. Belongs to the creation of the tenant; repeating it does nothing.
CREATE OR REPLACE FUNCTION ledger_open_wallet(p_tenant uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    INSERT INTO wallet (tenant_id, available, held, frozen, version, head_hash, last_entry_at)
    VALUES (p_tenant, 0, 0, 0, 0, decode(repeat('00', 32), 'hex'), '2000-01-01 00:00:00+00')
    ON CONFLICT (tenant_id) DO NOTHING
$$;

-- The facts of a lot that its first journal entry keeps, so that lots can be rebuilt from the journal.
CREATE OR REPLACE FUNCTION ledger_lot_facts(p lot) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public
AS $$
    SELECT concat_ws(';', p.source, p.source_id, p.part, p.priority,
                     (extract(epoch FROM p.expires_at) * 1000000)::bigint,
                     coalesce(p.origin_tenant_id::text, '-'), coalesce(p.origin_lot_id::text, '-'), p.reason)
$$;

-- Insert one lot and return whether it is new. Same source document, same terms: nothing happens; other terms: EL009.
-- The caller holds the wallet's lock and writes the entry.
CREATE OR REPLACE FUNCTION ledger_insert_lot(p lot) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public
AS $$
DECLARE
    v_old lot%ROWTYPE;
BEGIN
    SELECT * INTO v_old FROM lot
     WHERE tenant_id = p.tenant_id AND source = p.source AND source_id = p.source_id AND part = p.part;
    IF FOUND THEN
        IF (v_old.granted, v_old.net_price_kurus, v_old.origin_tenant_id, v_old.origin_lot_id)
           IS DISTINCT FROM (p.granted, p.net_price_kurus, p.origin_tenant_id, p.origin_lot_id) THEN
            RAISE EXCEPTION 'source % % was credited on other terms', p.source, p.source_id USING ERRCODE = 'EL009';
        END IF;
        RETURN false;
    END IF;
    INSERT INTO lot SELECT p.*;
    RETURN true;
END $$;

-- Credit kontör as one lot. Returns true when credited, false when this source document was credited before.
CREATE OR REPLACE FUNCTION ledger_grant(
    p_tenant uuid, p_lot uuid, p_source text, p_source_id uuid, p_part smallint, p_kontor bigint,
    p_net_kurus bigint, p_expires_at timestamptz, p_priority smallint, p_reason text, p_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    v_lot lot%ROWTYPE;
BEGIN
    IF p_expires_at <= v_at THEN
        RAISE EXCEPTION 'a lot cannot be credited after its expiry' USING ERRCODE = 'EL003';
    END IF;
    v_lot := ROW(p_tenant, p_lot, p_source, p_source_id, p_part, NULL, NULL, p_priority, p_reason,
                 p_kontor, p_kontor, 0, 0, 0, 0, 0, 0, p_net_kurus, v_at, p_expires_at, NULL, NULL, true)::lot;
    IF NOT ledger_insert_lot(v_lot) THEN
        RETURN false;
    END IF;
    PERFORM ledger_append(p_tenant, v_at, ARRAY['granted'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[p_kontor],
                          ARRAY[p_net_kurus], ARRAY[p_source_id], ARRAY[ledger_lot_facts(v_lot)]);
    RETURN true;
END $$;

-- Post the expiry of at most p_limit lots that are past due, oldest first; returns what expired.
-- Frozen lots do not expire, held kontör neither: it expires (as grace) only if it comes back.
CREATE OR REPLACE FUNCTION ledger_expire(p_tenant uuid, p_limit int, p_at timestamptz)
RETURNS TABLE (lot_id uuid, kontor bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    l lot%ROWTYPE;
    v_left bigint;
BEGIN
    FOR l IN SELECT * FROM lot x
              WHERE x.tenant_id = p_tenant AND x.open AND x.frozen_at IS NULL AND x.expires_at <= v_at
              ORDER BY x.expires_at, x.lot_id LIMIT p_limit
    LOOP
        v_left := l.granted - l.remaining - l.held - l.frozen;
        UPDATE lot x SET remaining = 0, expired = x.expired + l.remaining, open = false
         WHERE x.tenant_id = p_tenant AND x.lot_id = l.lot_id;
        PERFORM ledger_append(p_tenant, v_at, ARRAY['expired'], ARRAY[NULL]::uuid[], ARRAY[l.lot_id],
                              ARRAY[l.remaining],
                              ARRAY[-ledger_share(l.net_price_kurus, l.granted, v_left, v_left + l.remaining)],
                              ARRAY[l.lot_id], ARRAY['']);
        lot_id := l.lot_id;
        kontor := l.remaining;
        RETURN NEXT;
    END LOOP;
END $$;

-- Freeze what remains of a lot (dispute, refund under way). Kontör that comes back later is frozen too.
-- Returns the kontör frozen; 0 when the lot is frozen already.
CREATE OR REPLACE FUNCTION ledger_freeze(p_tenant uuid, p_lot uuid, p_reason text, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    l lot%ROWTYPE;
BEGIN
    SELECT * INTO l FROM lot WHERE tenant_id = p_tenant AND lot_id = p_lot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no lot %', p_lot USING ERRCODE = 'EL004';
    END IF;
    IF l.frozen_at IS NOT NULL OR l.voided_at IS NOT NULL THEN
        RETURN 0;
    END IF;
    IF l.expires_at <= v_at THEN
        RAISE EXCEPTION 'lot % has expired', p_lot USING ERRCODE = 'EL003';
    END IF;
    UPDATE lot SET remaining = 0, frozen = frozen + l.remaining, frozen_at = v_at, open = false
     WHERE tenant_id = p_tenant AND lot_id = p_lot;
    PERFORM ledger_append(p_tenant, v_at, ARRAY['frozen'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[l.remaining],
                          ARRAY[0::bigint], ARRAY[p_lot], ARRAY[p_reason]);
    RETURN l.remaining;
END $$;

-- Thaw a frozen lot (dispute won, refund failed): the frozen time is added to its expiry. Returns the kontör thawed.
CREATE OR REPLACE FUNCTION ledger_thaw(p_tenant uuid, p_lot uuid, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
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
    v_expires := l.expires_at + (v_at - l.frozen_at);
    UPDATE lot SET remaining = l.frozen, frozen = 0, frozen_at = NULL, expires_at = v_expires, open = l.frozen > 0
     WHERE tenant_id = p_tenant AND lot_id = p_lot;
    PERFORM ledger_append(p_tenant, v_at, ARRAY['thawed'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[l.frozen],
                          ARRAY[0::bigint], ARRAY[p_lot], ARRAY[((extract(epoch FROM v_expires) * 1000000)::bigint)::text]);
    RETURN l.frozen;
END $$;

-- Void what is frozen of a lot for good (refund paid, chargeback lost); what comes back to it later is voided too.
CREATE OR REPLACE FUNCTION ledger_void(p_tenant uuid, p_lot uuid, p_reason text, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    l lot%ROWTYPE;
    v_left bigint;
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
    v_left := l.granted - l.remaining - l.held - l.frozen;
    UPDATE lot SET frozen = 0, voided = voided + l.frozen, frozen_at = NULL, voided_at = v_at
     WHERE tenant_id = p_tenant AND lot_id = p_lot;
    PERFORM ledger_append(p_tenant, v_at, ARRAY['voided'], ARRAY[NULL]::uuid[], ARRAY[p_lot], ARRAY[l.frozen],
                          ARRAY[-ledger_share(l.net_price_kurus, l.granted, v_left, v_left + l.frozen)],
                          ARRAY[p_lot], ARRAY[p_reason]);
    RETURN l.frozen;
END $$;
