-- First half of passing kontör on: take it from the giver's lots in burn order (or from p_only), write down the
-- children that the other side will receive. Children keep price and expiry (p_fresh_until: get this expiry).
-- Returns 0 when it was passed, NULL when this draw was passed before (nothing happens then), else the kontör it is
-- short of (nothing was written then either).
CREATE OR REPLACE FUNCTION ledger_pass(
    p_tenant uuid, p_draw uuid, p_to uuid, p_kontor bigint, p_only uuid[], p_fresh_until timestamptz, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    v_old transfer%ROWTYPE;
    l record;
    v_need bigint := p_kontor;
    v_take bigint;
    a_lot uuid[] := '{}';
    a_take bigint[] := '{}';
    a_net bigint[] := '{}';
    a_expires timestamptz[] := '{}';
    v_parts int;
BEGIN
    SELECT * INTO v_old FROM transfer WHERE tenant_id = p_tenant AND draw_id = p_draw;
    IF FOUND THEN
        IF (v_old.to_tenant_id, v_old.kontor) IS DISTINCT FROM (p_to, p_kontor) THEN
            RAISE EXCEPTION 'draw % exists with another content', p_draw USING ERRCODE = 'EL009';
        END IF;
        RETURN NULL;
    END IF;
    IF p_fresh_until <= w.last_entry_at THEN
        RAISE EXCEPTION 'a lot cannot be passed on with an expiry that is over' USING ERRCODE = 'EL003';
    END IF;
    FOR l IN SELECT x.lot_id, x.remaining, x.net_left_kurus, x.expires_at FROM lot x
              WHERE x.tenant_id = p_tenant AND x.open AND x.expires_at > w.last_entry_at
                AND (p_only IS NULL OR x.lot_id = ANY (p_only))
              ORDER BY x.priority, x.expires_at, x.lot_id
    LOOP
        v_take := least(l.remaining, v_need);
        a_lot := array_append(a_lot, l.lot_id);
        a_take := array_append(a_take, v_take);
        a_net := array_append(a_net, ledger_share(l.net_left_kurus, l.remaining, v_take));
        a_expires := array_append(a_expires, coalesce(p_fresh_until, l.expires_at));
        v_need := v_need - v_take;
        EXIT WHEN v_need = 0;
    END LOOP;
    IF v_need > 0 THEN
        RETURN v_need;
    END IF;
    v_parts := cardinality(a_lot);
    INSERT INTO transfer (tenant_id, draw_id, to_tenant_id, kontor, at)
    VALUES (p_tenant, p_draw, p_to, p_kontor, w.last_entry_at);
    INSERT INTO transfer_lot (tenant_id, draw_id, part, lot_id, kontor, net_kurus, expires_at)
    SELECT p_tenant, p_draw, u.n, u.lot, u.take, u.net, u.expires
      FROM unnest(a_lot, a_take, a_net, a_expires) WITH ORDINALITY AS u(lot, take, net, expires, n);
    UPDATE lot x SET remaining = x.remaining - u.take, passed = x.passed + u.take, open = x.remaining > u.take,
                     net_left_kurus = x.net_left_kurus - u.net
      FROM unnest(a_lot, a_take, a_net) AS u(id, take, net)
     WHERE x.tenant_id = p_tenant AND x.lot_id = u.id;
    PERFORM ledger_append(w, array_fill('passed'::text, ARRAY[v_parts]), array_fill(NULL::uuid, ARRAY[v_parts]),
                          a_lot, a_take, a_net, array_fill(p_draw, ARRAY[v_parts]),
                          array_fill('to ' || p_to, ARRAY[v_parts]));
    RETURN 0;
END $$;

-- Second half: the receiver's lots, keyed by draw and part, so that repetition credits once. Returns kontör credited now.
CREATE OR REPLACE FUNCTION ledger_receive(
    p_tenant uuid, p_draw uuid, p_from uuid, p_ids uuid[], p_origins uuid[], p_kontor bigint[], p_net bigint[],
    p_expires timestamptz[], p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    w wallet := ledger_lock(p_tenant, p_at);
    v_facts text;
    a_lot uuid[] := '{}';
    a_kontor bigint[] := '{}';
    a_net bigint[] := '{}';
    a_detail text[] := '{}';
BEGIN
    FOR i IN 1 .. cardinality(p_ids) LOOP
        v_facts := ledger_insert_lot(p_tenant, p_ids[i], 'received', p_draw, i::smallint, p_from, p_origins[i],
                                     100::smallint, '', p_kontor[i], p_net[i], p_expires[i], w.last_entry_at);
        IF v_facts IS NOT NULL THEN
            a_lot := array_append(a_lot, p_ids[i]);
            a_kontor := array_append(a_kontor, p_kontor[i]);
            a_net := array_append(a_net, p_net[i]);
            a_detail := array_append(a_detail, v_facts);
        END IF;
    END LOOP;
    PERFORM ledger_append(w, array_fill('received'::text, ARRAY[cardinality(a_lot)]),
                          array_fill(NULL::uuid, ARRAY[cardinality(a_lot)]), a_lot, a_kontor, a_net,
                          array_fill(p_draw, ARRAY[cardinality(a_lot)]), a_detail);
    RETURN coalesce((SELECT sum(k) FROM unnest(a_kontor) AS u(k)), 0);
END $$;
