-- First half of passing kontör on: take it from the giver's lots in burn order (or from p_only), write down the
-- children that the other side will receive. Children keep price and expiry (p_fresh_until: get this expiry).
-- Repeating a draw does nothing. Returns the kontör it is short of; then nothing was written.
CREATE OR REPLACE FUNCTION ledger_pass(
    p_tenant uuid, p_draw uuid, p_to uuid, p_kontor bigint, p_only uuid[], p_fresh_until timestamptz, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    v_old transfer%ROWTYPE;
    l lot%ROWTYPE;
    v_need bigint := p_kontor;
    v_take bigint;
    v_gone bigint;
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
        RETURN 0;
    END IF;
    FOR l IN SELECT * FROM lot x
              WHERE x.tenant_id = p_tenant AND x.open AND x.frozen_at IS NULL AND x.expires_at > v_at
                AND (p_only IS NULL OR x.lot_id = ANY (p_only))
              ORDER BY x.priority, x.expires_at, x.lot_id
    LOOP
        v_take := least(l.remaining, v_need);
        v_gone := l.granted - l.remaining - l.held - l.frozen;
        a_lot := array_append(a_lot, l.lot_id);
        a_take := array_append(a_take, v_take);
        a_net := array_append(a_net, ledger_share(l.net_price_kurus, l.granted, v_gone, v_gone + v_take));
        a_expires := array_append(a_expires, coalesce(p_fresh_until, l.expires_at));
        v_need := v_need - v_take;
        EXIT WHEN v_need = 0;
    END LOOP;
    IF v_need > 0 THEN
        RETURN v_need;
    END IF;
    v_parts := array_length(a_lot, 1);
    INSERT INTO transfer (tenant_id, draw_id, to_tenant_id, kontor, at) VALUES (p_tenant, p_draw, p_to, p_kontor, v_at);
    INSERT INTO transfer_lot (tenant_id, draw_id, part, lot_id, kontor, net_kurus, expires_at)
    SELECT p_tenant, p_draw, u.n, u.lot, u.take, u.net, u.expires
      FROM unnest(a_lot, a_take, a_net, a_expires) WITH ORDINALITY AS u(lot, take, net, expires, n);
    UPDATE lot x SET remaining = x.remaining - u.take, passed = x.passed + u.take, open = x.remaining > u.take
      FROM unnest(a_lot, a_take) AS u(id, take)
     WHERE x.tenant_id = p_tenant AND x.lot_id = u.id;
    PERFORM ledger_append(p_tenant, v_at, array_fill('passed'::text, ARRAY[v_parts]),
                          array_fill(NULL::uuid, ARRAY[v_parts]), a_lot, a_take,
                          ARRAY(SELECT -n FROM unnest(a_net) WITH ORDINALITY AS u(n, o) ORDER BY o),
                          array_fill(p_draw, ARRAY[v_parts]), array_fill('to ' || p_to, ARRAY[v_parts]));
    RETURN 0;
END $$;

-- Second half: the receiver's lots, keyed by draw and part, so that repetition credits once. Returns kontör credited now.
CREATE OR REPLACE FUNCTION ledger_receive(
    p_tenant uuid, p_draw uuid, p_from uuid, p_ids uuid[], p_origins uuid[], p_kontor bigint[], p_net bigint[],
    p_expires timestamptz[], p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    v_at timestamptz := ledger_lock(p_tenant, p_at);
    v_lot lot%ROWTYPE;
    v_total bigint := 0;
BEGIN
    FOR i IN 1 .. coalesce(array_length(p_ids, 1), 0) LOOP
        v_lot := ROW(p_tenant, p_ids[i], 'received', p_draw, i::smallint, p_from, p_origins[i], 100::smallint, '',
                     p_kontor[i], p_kontor[i], 0, 0, 0, 0, 0, 0, p_net[i], v_at, p_expires[i], NULL, NULL, true)::lot;
        IF ledger_insert_lot(v_lot) THEN
            PERFORM ledger_append(p_tenant, v_at, ARRAY['received'], ARRAY[NULL]::uuid[], ARRAY[v_lot.lot_id],
                                  ARRAY[v_lot.granted], ARRAY[v_lot.net_price_kurus], ARRAY[p_draw],
                                  ARRAY[ledger_lot_facts(v_lot)]);
            v_total := v_total + v_lot.granted;
        END IF;
    END LOOP;
    RETURN v_total;
END $$;
