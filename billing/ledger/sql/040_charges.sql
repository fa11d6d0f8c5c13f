-- Hold kontör for charges, from the lots that expire first. All or nothing, or (p_partial) the longest prefix.
-- A charge that exists with the same kind, amount and reference counts as reserved and is left as it is (replay).
-- Returns how many charges of the array are reserved now, and how many kontör the rest is short of.
-- The walk skips lots past due and posts no expiry: a refusal would roll it back, and a refusal writes nothing.
CREATE OR REPLACE FUNCTION ledger_reserve(
    p_tenant uuid, p_charges uuid[], p_kinds text[], p_kontor bigint[], p_prices uuid[], p_references text[],
    p_partial boolean, p_at timestamptz
) RETURNS TABLE (reserved int, shortfall bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    v_count int := coalesce(array_length(p_charges, 1), 0);
    v_old boolean[];
    r record;
    l record;
    i int := 1;
    v_need bigint;
    v_left bigint;
    v_take bigint;
    v_whole int := 0;
    a_charge uuid[] := '{}';
    a_lot uuid[] := '{}';
    a_take bigint[] := '{}';
    a_detail text[] := '{}';
BEGIN
    FOR r IN SELECT u.n, c.kind, c.kontor, c.reference
               FROM unnest(p_charges) WITH ORDINALITY AS u(id, n)
               JOIN charge c ON c.tenant_id = p_tenant AND c.charge_id = u.id
    LOOP
        IF (r.kind, r.kontor, r.reference) IS DISTINCT FROM (p_kinds[r.n], p_kontor[r.n], p_references[r.n]) THEN
            RAISE EXCEPTION 'charge % exists with another content', p_charges[r.n] USING ERRCODE = 'EL009';
        END IF;
        IF v_old IS NULL THEN
            v_old := array_fill(false, ARRAY[v_count]);
        END IF;
        v_old[r.n] := true;
    END LOOP;

    WHILE i <= v_count AND coalesce(v_old[i], false) LOOP
        i := i + 1;
    END LOOP;
    IF i <= v_count THEN
        v_need := p_kontor[i];
        FOR l IN SELECT x.lot_id, x.remaining FROM lot x
                  WHERE x.tenant_id = p_tenant AND x.open AND x.frozen_at IS NULL AND x.expires_at > v_at
                  ORDER BY x.priority, x.expires_at, x.lot_id
        LOOP
            v_left := l.remaining;
            WHILE v_left > 0 AND i <= v_count LOOP
                v_take := least(v_left, v_need);
                a_charge := array_append(a_charge, p_charges[i]);
                a_lot := array_append(a_lot, l.lot_id);
                a_take := array_append(a_take, v_take);
                a_detail := array_append(a_detail, p_kinds[i] || ';' || p_prices[i] || ';' || p_references[i]);
                v_left := v_left - v_take;
                v_need := v_need - v_take;
                IF v_need = 0 THEN
                    v_whole := array_length(a_charge, 1);
                    i := i + 1;
                    WHILE i <= v_count AND coalesce(v_old[i], false) LOOP
                        i := i + 1;
                    END LOOP;
                    v_need := p_kontor[i];
                END IF;
            END LOOP;
            EXIT WHEN i > v_count;
        END LOOP;
    END IF;

    reserved := i - 1;
    shortfall := 0;
    IF i <= v_count THEN
        shortfall := v_need + coalesce((SELECT sum(u.k) FROM unnest(p_kontor, v_old) WITH ORDINALITY AS u(k, old, n)
                                         WHERE u.n > i AND NOT coalesce(u.old, false)), 0);
        IF NOT p_partial THEN
            reserved := 0;
            RETURN NEXT;
            RETURN;
        END IF;
        a_charge := a_charge[1:v_whole];
        a_lot := a_lot[1:v_whole];
        a_take := a_take[1:v_whole];
        a_detail := a_detail[1:v_whole];
    END IF;
    IF v_whole > 0 THEN
        INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at)
        SELECT p_tenant, u.id, u.kind, u.kontor, u.price, u.ref, 'held', v_at
          FROM unnest(p_charges, p_kinds, p_kontor, p_prices, p_references, v_old)
               WITH ORDINALITY AS u(id, kind, kontor, price, ref, old, n)
         WHERE u.n <= reserved AND NOT coalesce(u.old, false);
        UPDATE lot x
           SET remaining = x.remaining - t.take, held = x.held + t.take, open = x.remaining > t.take
          FROM (SELECT u.id, sum(u.take)::bigint AS take FROM unnest(a_lot, a_take) AS u(id, take) GROUP BY u.id) t
         WHERE x.tenant_id = p_tenant AND x.lot_id = t.id;
        INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor)
        SELECT p_tenant, u.charge, u.lot, u.take FROM unnest(a_charge, a_lot, a_take) AS u(charge, lot, take);
        PERFORM ledger_append(p_tenant, v_at, array_fill('reserved'::text, ARRAY[v_whole]), a_charge, a_lot, a_take,
                              array_fill(0::bigint, ARRAY[v_whole]), a_charge, a_detail);
    END IF;
    RETURN NEXT;
END $$;

-- Spend what is held for these charges. Captured ones are left as they are; returns how many moved.
CREATE OR REPLACE FUNCTION ledger_capture(p_tenant uuid, p_charges uuid[], p_at timestamptz) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    r record;
    v_lot uuid;
    v_left bigint;
    v_moving uuid[];
    a_charge uuid[] := '{}';
    a_lot uuid[] := '{}';
    a_take bigint[] := '{}';
    a_net bigint[] := '{}';
BEGIN
    v_moving := ledger_charges_in(p_tenant, p_charges, 'held', 'captured');
    IF array_length(v_moving, 1) IS NULL THEN
        RETURN 0;
    END IF;
    -- By lot, because each lot's price is shared out by position: `left` counts what left the lot before.
    FOR r IN SELECT cl.charge_id, cl.lot_id, cl.kontor, x.net_price_kurus, x.granted,
                    x.granted - x.remaining - x.held - x.frozen AS gone
               FROM unnest(v_moving) WITH ORDINALITY AS u(id, n)
               JOIN charge_lot cl ON cl.tenant_id = p_tenant AND cl.charge_id = u.id
               JOIN lot x ON x.tenant_id = p_tenant AND x.lot_id = cl.lot_id
              ORDER BY cl.lot_id, u.n
    LOOP
        IF v_lot IS DISTINCT FROM r.lot_id THEN
            v_lot := r.lot_id;
            v_left := r.gone;
        END IF;
        a_charge := array_append(a_charge, r.charge_id);
        a_lot := array_append(a_lot, r.lot_id);
        a_take := array_append(a_take, r.kontor);
        a_net := array_append(a_net, -ledger_share(r.net_price_kurus, r.granted, v_left, v_left + r.kontor));
        v_left := v_left + r.kontor;
    END LOOP;
    UPDATE lot x SET held = x.held - t.take, consumed = x.consumed + t.take
      FROM (SELECT u.id, sum(u.take)::bigint AS take FROM unnest(a_lot, a_take) AS u(id, take) GROUP BY u.id) t
     WHERE x.tenant_id = p_tenant AND x.lot_id = t.id;
    UPDATE charge SET state = 'captured', ended_at = v_at WHERE tenant_id = p_tenant AND charge_id = ANY (v_moving);
    PERFORM ledger_append(p_tenant, v_at, array_fill('captured'::text, ARRAY[array_length(a_charge, 1)]), a_charge,
                          a_lot, a_take, a_net, a_charge, array_fill(''::text, ARRAY[array_length(a_charge, 1)]));
    RETURN array_length(v_moving, 1);
END $$;

-- Of these charges those in state p_from, in order; those already in p_to are done. Anything else is refused.
CREATE OR REPLACE FUNCTION ledger_charges_in(p_tenant uuid, p_charges uuid[], p_from text, p_to text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public
AS $$
DECLARE
    r record;
    v_moving uuid[] := '{}';
BEGIN
    FOR r IN SELECT u.id, c.state FROM unnest(p_charges) WITH ORDINALITY AS u(id, n)
               LEFT JOIN charge c ON c.tenant_id = p_tenant AND c.charge_id = u.id ORDER BY u.n
    LOOP
        IF r.state IS NULL THEN
            RAISE EXCEPTION 'no charge %', r.id USING ERRCODE = 'EL006';
        ELSIF r.state = p_from THEN
            v_moving := array_append(v_moving, r.id);
        ELSIF r.state <> p_to THEN
            RAISE EXCEPTION 'charge % is %, not %', r.id, r.state, p_from USING ERRCODE = 'EL007';
        END IF;
    END LOOP;
    RETURN v_moving;
END $$;

-- Give kontör back: held -> released, or (p_restore) captured -> restored; each charge once. Shares go back in the
-- reverse of the burn order: into an open lot; a frozen lot's frozen part; a voided lot's voided part; for a lot past
-- due into a new lot, source grace, child of the old one at its unit price, spendable until p_grace_until.
CREATE OR REPLACE FUNCTION ledger_return(
    p_tenant uuid, p_charges uuid[], p_restore boolean, p_grace_until timestamptz, p_at timestamptz
) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    v_state text := CASE WHEN p_restore THEN 'restored' ELSE 'released' END;
    v_moving uuid[];
    r record;
    l lot%ROWTYPE;
    v_child lot%ROWTYPE;
    v_left bigint;
    v_net bigint;
    v_part smallint := 0;
    a_kind text[] := '{}';
    a_charge uuid[] := '{}';
    a_lot uuid[] := '{}';
    a_take bigint[] := '{}';
    a_net bigint[] := '{}';
    a_detail text[] := '{}';
BEGIN
    v_moving := ledger_charges_in(p_tenant, p_charges, CASE WHEN p_restore THEN 'captured' ELSE 'held' END, v_state);
    FOR r IN SELECT cl.charge_id, cl.lot_id, cl.kontor
               FROM unnest(v_moving) WITH ORDINALITY AS u(id, n)
               JOIN charge_lot cl ON cl.tenant_id = p_tenant AND cl.charge_id = u.id
               JOIN lot x ON x.tenant_id = p_tenant AND x.lot_id = cl.lot_id
              ORDER BY u.n DESC, x.priority DESC, x.expires_at DESC, x.lot_id DESC
    LOOP
        SELECT * INTO l FROM lot WHERE tenant_id = p_tenant AND lot_id = r.lot_id;
        IF p_restore THEN
            l.consumed := l.consumed - r.kontor;
        ELSE
            l.held := l.held - r.kontor;
        END IF;
        l.remaining := l.remaining + r.kontor;
        v_left := l.granted - l.remaining - l.held - l.frozen;
        v_net := ledger_share(l.net_price_kurus, l.granted, v_left, v_left + r.kontor);
        a_kind := array_append(a_kind, v_state);
        a_charge := array_append(a_charge, r.charge_id);
        a_lot := array_append(a_lot, r.lot_id);
        a_take := array_append(a_take, r.kontor);
        a_net := array_append(a_net, CASE WHEN p_restore THEN v_net ELSE 0 END);
        a_detail := array_append(a_detail, '');
        IF l.voided_at IS NOT NULL OR l.frozen_at IS NOT NULL THEN
            l.remaining := l.remaining - r.kontor;
            a_kind := array_append(a_kind, 'frozen');
            a_charge := array_append(a_charge, r.charge_id);
            a_lot := array_append(a_lot, r.lot_id);
            a_take := array_append(a_take, r.kontor);
            a_net := array_append(a_net, 0::bigint);
            a_detail := array_append(a_detail, 'returned to a frozen or voided lot');
            IF l.voided_at IS NULL THEN
                l.frozen := l.frozen + r.kontor;
            ELSE
                l.voided := l.voided + r.kontor;
                a_kind := array_append(a_kind, 'voided');
                a_charge := array_append(a_charge, r.charge_id);
                a_lot := array_append(a_lot, r.lot_id);
                a_take := array_append(a_take, r.kontor);
                a_net := array_append(a_net, -v_net);
                a_detail := array_append(a_detail, 'returned to a voided lot');
            END IF;
        ELSIF l.expires_at <= v_at THEN
            l.remaining := l.remaining - r.kontor;
            l.passed := l.passed + r.kontor;
            v_part := (SELECT coalesce(max(g.part), 0) + 1 FROM lot g
                        WHERE g.tenant_id = p_tenant AND g.source = 'grace' AND g.source_id = r.charge_id);
            v_child := ROW(p_tenant, md5(r.charge_id::text || r.lot_id || v_part)::uuid, 'grace', r.charge_id, v_part,
                           p_tenant, r.lot_id, l.priority, '', r.kontor, r.kontor, 0, 0, 0, 0, 0, 0, v_net, v_at,
                           p_grace_until, NULL, NULL, true)::lot;
            PERFORM ledger_insert_lot(v_child);
            a_kind := a_kind || ARRAY['passed', 'received'];
            a_charge := a_charge || ARRAY[r.charge_id, r.charge_id];
            a_lot := a_lot || ARRAY[r.lot_id, v_child.lot_id];
            a_take := a_take || ARRAY[r.kontor, r.kontor];
            a_net := a_net || ARRAY[-v_net, v_net];
            a_detail := a_detail || ARRAY['grace', ledger_lot_facts(v_child)];
        END IF;
        UPDATE lot SET remaining = l.remaining, held = l.held, consumed = l.consumed, frozen = l.frozen,
                       voided = l.voided, passed = l.passed, open = l.remaining > 0
         WHERE tenant_id = p_tenant AND lot_id = r.lot_id;
    END LOOP;
    UPDATE charge SET state = v_state, ended_at = v_at WHERE tenant_id = p_tenant AND charge_id = ANY (v_moving);
    PERFORM ledger_append(p_tenant, v_at, a_kind, a_charge, a_lot, a_take, a_net, a_charge, a_detail);
    RETURN coalesce(array_length(v_moving, 1), 0);
END $$;
