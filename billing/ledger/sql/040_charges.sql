-- Hold kontör for charges, from the lots that expire first. All or nothing, or (p_partial) the longest prefix.
-- A charge that exists with the same kind, amount and reference counts as reserved and is left as it is (replay);
-- so does a charge that stands in the array a second time.
-- Returns {how many charges of the array are reserved now, how many kontör the rest is short of}.
-- The walk skips lots past due and posts no expiry: a refusal would roll it back, and a refusal writes nothing.
-- Each share takes its part of the lot's price with it, so that whatever becomes of it is exact to the kuruş.
-- One new charge is the business of ledger_reserve_one, which comes here with what is less common.
CREATE OR REPLACE FUNCTION ledger_reserve(
    p_tenant uuid, p_charges uuid[], p_kinds text[], p_kontor bigint[], p_prices uuid[], p_references text[],
    p_partial boolean, p_at timestamptz
) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    v_count int := cardinality(p_charges);
    v_reserved int;
    v_short bigint := 0;
    v_old boolean[];
    r record;
    l record;
    i int := 1;
    v_need bigint;
    v_left bigint;
    v_net_left bigint;
    v_take bigint;
    v_net bigint;
    v_whole int := 0;
    a_charge uuid[] := '{}';
    a_lot uuid[] := '{}';
    a_take bigint[] := '{}';
    a_net bigint[] := '{}';
    a_detail text[] := '{}';
BEGIN
    FOR r IN SELECT u.n, c.kind, c.kontor, c.reference
               FROM unnest(p_charges) WITH ORDINALITY AS u(id, n)
               JOIN charge c ON c.tenant_id = p_tenant AND c.charge_id = u.id
             UNION ALL
             SELECT d.n, p_kinds[d.first], p_kontor[d.first], p_references[d.first]
               FROM (SELECT u.n, min(u.n) OVER (PARTITION BY u.id) AS first
                       FROM unnest(p_charges) WITH ORDINALITY AS u(id, n)) d
              WHERE d.first < d.n
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
        FOR l IN SELECT x.lot_id, x.remaining, x.net_left_kurus FROM lot x
                  WHERE x.tenant_id = p_tenant AND x.open AND x.expires_at > w.last_entry_at
                  ORDER BY x.priority, x.expires_at, x.lot_id
        LOOP
            v_left := l.remaining;
            v_net_left := l.net_left_kurus;
            WHILE v_left > 0 AND i <= v_count LOOP
                v_take := least(v_left, v_need);
                v_net := ledger_share(v_net_left, v_left, v_take);
                a_charge := array_append(a_charge, p_charges[i]);
                a_lot := array_append(a_lot, l.lot_id);
                a_take := array_append(a_take, v_take);
                a_net := array_append(a_net, v_net);
                a_detail := array_append(a_detail, p_kinds[i] || ';' || p_prices[i] || ';' || p_references[i]);
                v_left := v_left - v_take;
                v_net_left := v_net_left - v_net;
                v_need := v_need - v_take;
                IF v_need = 0 THEN
                    v_whole := cardinality(a_charge);
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

    v_reserved := i - 1;
    IF i <= v_count THEN
        v_short := v_need + coalesce((SELECT sum(u.k) FROM unnest(p_kontor, v_old) WITH ORDINALITY AS u(k, old, n)
                                       WHERE u.n > i AND NOT coalesce(u.old, false)), 0);
        IF NOT p_partial THEN
            RETURN ARRAY[0, v_short];
        END IF;
        a_charge := a_charge[1:v_whole];
        a_lot := a_lot[1:v_whole];
        a_take := a_take[1:v_whole];
        a_net := a_net[1:v_whole];
        a_detail := a_detail[1:v_whole];
    END IF;
    IF v_whole > 0 THEN
        INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at)
        SELECT p_tenant, u.id, u.kind, u.kontor, u.price, u.ref, 'held', w.last_entry_at
          FROM unnest(p_charges, p_kinds, p_kontor, p_prices, p_references, v_old)
               WITH ORDINALITY AS u(id, kind, kontor, price, ref, old, n)
         WHERE u.n <= v_reserved AND NOT coalesce(u.old, false);
        UPDATE lot x
           SET remaining = x.remaining - t.take, held = x.held + t.take, open = x.remaining > t.take,
               net_left_kurus = x.net_left_kurus - t.net
          FROM (SELECT u.id, sum(u.take)::bigint AS take, sum(u.net)::bigint AS net
                  FROM unnest(a_lot, a_take, a_net) AS u(id, take, net) GROUP BY u.id) t
         WHERE x.tenant_id = p_tenant AND x.lot_id = t.id;
        INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor, net_kurus)
        SELECT p_tenant, u.charge, u.lot, u.take, u.net
          FROM unnest(a_charge, a_lot, a_take, a_net) AS u(charge, lot, take, net);
    END IF;
    PERFORM ledger_append(w, array_fill('reserved'::text, ARRAY[v_whole]), a_charge, a_lot, a_take, a_net,
                          a_charge, a_detail);
    RETURN ARRAY[v_reserved, v_short];
END $$;

-- Of these charges those in state p_from, in order, each once; those already in p_to are done. Anything else is
-- refused.
CREATE OR REPLACE FUNCTION ledger_charges_in(p_tenant uuid, p_charges uuid[], p_from text, p_to text) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    r record;
    v_moving uuid[] := '{}';
BEGIN
    FOR r IN SELECT u.id, c.state
               FROM (SELECT x.id, min(x.n) AS n FROM unnest(p_charges) WITH ORDINALITY AS x(id, n) GROUP BY x.id) u
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

-- Spend what is held for these charges. Captured ones are left as they are; returns how many moved.
CREATE OR REPLACE FUNCTION ledger_capture(p_tenant uuid, p_charges uuid[], p_at timestamptz) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    v_moving uuid[] := ledger_charges_in(p_tenant, p_charges, 'held', 'captured');
    a_charge uuid[];
    a_lot uuid[];
    a_take bigint[];
    a_net bigint[];
BEGIN
    IF cardinality(v_moving) = 0 THEN
        RETURN 0;
    END IF;
    SELECT array_agg(s.charge_id), array_agg(s.lot_id), array_agg(s.kontor), array_agg(s.net_kurus)
      INTO a_charge, a_lot, a_take, a_net
      FROM (SELECT cl.charge_id, cl.lot_id, cl.kontor, cl.net_kurus
              FROM unnest(v_moving) WITH ORDINALITY AS u(id, n)
              JOIN charge_lot cl ON cl.tenant_id = p_tenant AND cl.charge_id = u.id
             ORDER BY u.n, cl.lot_id) s;
    UPDATE lot x SET held = x.held - t.take, consumed = x.consumed + t.take
      FROM (SELECT u.id, sum(u.take)::bigint AS take FROM unnest(a_lot, a_take) AS u(id, take) GROUP BY u.id) t
     WHERE x.tenant_id = p_tenant AND x.lot_id = t.id;
    UPDATE charge SET state = 'captured', ended_at = w.last_entry_at
     WHERE tenant_id = p_tenant AND charge_id = ANY (v_moving);
    PERFORM ledger_append(w, array_fill('captured'::text, ARRAY[cardinality(a_charge)]), a_charge, a_lot, a_take,
                          a_net, a_charge, array_fill(''::text, ARRAY[cardinality(a_charge)]));
    RETURN cardinality(v_moving);
END $$;

-- Id of the grace lot for a charge's share in a lot: a uuidv7 by its time, the rest follows from the two ids.
CREATE OR REPLACE FUNCTION ledger_child_id(p_charge uuid, p_lot uuid, p_at timestamptz) RETURNS uuid
LANGUAGE sql STABLE
AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM p_at) * 1000)::bigint), 12, '0') || '7' || substr(h.md5, 1, 3) || '8'
            || substr(h.md5, 4, 15))::uuid
      FROM (SELECT md5(p_charge::text || p_lot) AS md5) h
$$;

-- Give kontör back: held -> released, or (p_restore) captured -> restored; each charge once. Shares go back in the
-- reverse of the burn order, each with the price it took: into an open lot; a frozen lot's frozen part; a voided
-- lot's voided part; for a lot past due into a new lot, source grace, child of the old one, until p_grace_until.
CREATE OR REPLACE FUNCTION ledger_return(
    p_tenant uuid, p_charges uuid[], p_restore boolean, p_grace_until timestamptz, p_at timestamptz
) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    v_state text := CASE WHEN p_restore THEN 'restored' ELSE 'released' END;
    v_moving uuid[] := ledger_charges_in(p_tenant, p_charges, CASE WHEN p_restore THEN 'captured' ELSE 'held' END,
                                         v_state);
    r record;
    l lot%ROWTYPE;
    v_kinds text[];
    v_details text[];
    v_lots uuid[];
    v_part smallint;
    v_last uuid;
    a_kind text[] := '{}';
    a_charge uuid[] := '{}';
    a_lot uuid[] := '{}';
    a_take bigint[] := '{}';
    a_net bigint[] := '{}';
    a_detail text[] := '{}';
BEGIN
    FOR r IN SELECT cl.charge_id, cl.lot_id, cl.kontor, cl.net_kurus
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
        v_kinds := ARRAY[v_state];
        v_lots := ARRAY[r.lot_id];
        v_details := ARRAY[''];
        IF l.voided_at IS NOT NULL THEN
            l.voided := l.voided + r.kontor;
            v_kinds := v_kinds || ARRAY['frozen', 'voided'];
            v_lots := v_lots || ARRAY[r.lot_id, r.lot_id];
            v_details := v_details || ARRAY['returned to a voided lot', 'returned to a voided lot'];
        ELSIF l.frozen_at IS NOT NULL THEN
            l.frozen := l.frozen + r.kontor;
            l.net_left_kurus := l.net_left_kurus + r.net_kurus;
            v_kinds := v_kinds || ARRAY['frozen'];
            v_lots := v_lots || ARRAY[r.lot_id];
            v_details := v_details || ARRAY['returned to a frozen lot'];
        ELSIF l.expires_at <= w.last_entry_at THEN
            l.passed := l.passed + r.kontor;
            -- A charge's shares stand together, so its grace lots count 1, 2, …
            v_part := CASE WHEN v_last IS NOT DISTINCT FROM r.charge_id THEN v_part + 1 ELSE 1 END;
            v_last := r.charge_id;
            v_lots := v_lots || ARRAY[r.lot_id, ledger_child_id(r.charge_id, r.lot_id, w.last_entry_at)];
            v_kinds := v_kinds || ARRAY['passed', 'received'];
            v_details := v_details || ARRAY['grace', ledger_insert_lot(
                p_tenant, v_lots[3], 'grace', r.charge_id, v_part, p_tenant, r.lot_id, l.priority, '',
                r.kontor, r.net_kurus, p_grace_until, w.last_entry_at)];
        ELSE
            l.remaining := l.remaining + r.kontor;
            l.net_left_kurus := l.net_left_kurus + r.net_kurus;
        END IF;
        UPDATE lot SET remaining = l.remaining, held = l.held, consumed = l.consumed, frozen = l.frozen,
                       voided = l.voided, passed = l.passed, net_left_kurus = l.net_left_kurus, open = l.remaining > 0
         WHERE tenant_id = p_tenant AND lot_id = r.lot_id;
        a_kind := a_kind || v_kinds;
        a_charge := a_charge || array_fill(r.charge_id, ARRAY[cardinality(v_kinds)]);
        a_lot := a_lot || v_lots;
        a_take := a_take || array_fill(r.kontor, ARRAY[cardinality(v_kinds)]);
        a_net := a_net || array_fill(r.net_kurus, ARRAY[cardinality(v_kinds)]);
        a_detail := a_detail || v_details;
    END LOOP;
    UPDATE charge SET state = v_state, ended_at = w.last_entry_at
     WHERE tenant_id = p_tenant AND charge_id = ANY (v_moving);
    PERFORM ledger_append(w, a_kind, a_charge, a_lot, a_take, a_net, a_charge, a_detail);
    RETURN cardinality(v_moving);
END $$;
