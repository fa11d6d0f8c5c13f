-- Price of p_take of p_units kontör that cost p_total kuruş together, half up. Whoever takes the last ones gets the
-- whole rest, so the parts of any split sum to the total exactly. The same in Python: ebelge.core.money.share_kurus.
-- The functions of this file and others without a search_path of their own run inside those that have one.
CREATE OR REPLACE FUNCTION ledger_share(p_total bigint, p_units bigint, p_take bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$ SELECT div(2::numeric * p_total * p_take + p_units, 2 * p_units)::bigint $$;

-- Lock the wallet and return it, its last_entry_at set to the time of the entries to come: never before the last
-- entry's. An old p_at is refused, because "balance as of T" must not change afterwards; a future one would block
-- the wallet.
CREATE OR REPLACE FUNCTION ledger_lock(p_tenant uuid, p_at timestamptz) RETURNS wallet
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    w wallet%ROWTYPE;
    v_now timestamptz;
BEGIN
    SELECT * INTO w FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no wallet of tenant % in this session', p_tenant USING ERRCODE = 'EL001';
    END IF;
    v_now := ledger_now();
    IF (p_at BETWEEN v_now - interval '60 seconds' AND v_now + interval '5 seconds') IS NOT TRUE THEN
        RAISE EXCEPTION 'time % is not the present (%)', p_at, v_now USING ERRCODE = 'EL002';
    END IF;
    w.last_entry_at := greatest(p_at, w.last_entry_at);
    RETURN w;
END $$;

-- An entry's place in the chain: sha256(previous hash || UTF-8 of the fields in this order, joined by '|'): tenant,
-- version, kind, charge, lot, kontör, net kuruş, available, held, frozen (after), time in microseconds, correlation,
-- detail. The same in Python: billing.ledger.journal.
CREATE OR REPLACE FUNCTION ledger_hash(
    p_previous bytea, p_tenant uuid, p_version bigint, p_kind text, p_charge uuid, p_lot uuid, p_kontor bigint,
    p_net bigint, p_available bigint, p_held bigint, p_frozen bigint, p_at timestamptz, p_correlation uuid, p_detail text
) RETURNS bytea
LANGUAGE sql STABLE
AS $$
    SELECT sha256(p_previous || convert_to(concat_ws('|',
        p_tenant, p_version, p_kind, coalesce(p_charge::text, ''), p_lot, p_kontor, p_net, p_available, p_held,
        p_frozen, (extract(epoch FROM p_at) * 1000000)::bigint, p_correlation, p_detail), 'UTF8'))
$$;

-- Append entries to the wallet that ledger_lock returned, extend the hash chain, move the balances. Every write ends
-- here, once per call (ledger_reserve_one writes its one entry itself). p_kontor and p_net are amounts without a sign:
-- the kind says which way they go.
CREATE OR REPLACE FUNCTION ledger_append(
    w wallet, p_kinds text[], p_charges uuid[], p_lots uuid[], p_kontor bigint[],
    p_net bigint[], p_correlations uuid[], p_details text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_n bigint;
    v_first bigint := w.version;
    v_count int := cardinality(p_kinds);
    v_available bigint[] := '{}';
    v_held bigint[] := '{}';
    v_frozen bigint[] := '{}';
    v_hashes bytea[] := '{}';
BEGIN
    IF v_count = 0 THEN
        RETURN;
    END IF;
    FOR i IN 1 .. v_count LOOP
        v_n := p_kontor[i];
        CASE p_kinds[i]
            WHEN 'reserved' THEN w.available := w.available - v_n; w.held := w.held + v_n;
            WHEN 'captured' THEN w.held := w.held - v_n;
            WHEN 'released' THEN w.available := w.available + v_n; w.held := w.held - v_n;
            WHEN 'granted', 'received', 'restored' THEN w.available := w.available + v_n;
            WHEN 'expired', 'passed' THEN w.available := w.available - v_n;
            WHEN 'frozen' THEN w.available := w.available - v_n; w.frozen := w.frozen + v_n;
            WHEN 'thawed' THEN w.available := w.available + v_n; w.frozen := w.frozen - v_n;
            WHEN 'voided' THEN w.frozen := w.frozen - v_n;
        END CASE;
        w.version := w.version + 1;
        w.head_hash := ledger_hash(w.head_hash, w.tenant_id, w.version, p_kinds[i], p_charges[i], p_lots[i], v_n,
                                   p_net[i], w.available, w.held, w.frozen, w.last_entry_at, p_correlations[i],
                                   p_details[i]);
        EXIT WHEN v_count = 1;
        v_available := array_append(v_available, w.available);
        v_held := array_append(v_held, w.held);
        v_frozen := array_append(v_frozen, w.frozen);
        v_hashes := array_append(v_hashes, w.head_hash);
    END LOOP;
    UPDATE wallet
       SET available = w.available, held = w.held, frozen = w.frozen,
           version = w.version, head_hash = w.head_hash, last_entry_at = w.last_entry_at
     WHERE tenant_id = w.tenant_id;
    IF v_count = 1 THEN
        INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus,
                             available, held, frozen, at, correlation_id, detail, hash)
        VALUES (w.tenant_id, w.version, p_kinds[1], p_charges[1], p_lots[1], p_kontor[1], p_net[1],
                w.available, w.held, w.frozen, w.last_entry_at, p_correlations[1], p_details[1], w.head_hash);
        RETURN;
    END IF;
    INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus,
                         available, held, frozen, at, correlation_id, detail, hash)
    SELECT w.tenant_id, v_first + e.n, e.kind, e.charge_id, e.lot_id, e.kontor, e.net_kurus,
           e.available, e.held, e.frozen, w.last_entry_at, e.correlation_id, e.detail, e.hash
      FROM unnest(p_kinds, p_charges, p_lots, p_kontor, p_net, v_available, v_held, v_frozen,
                  p_correlations, p_details, v_hashes)
           WITH ORDINALITY AS e(kind, charge_id, lot_id, kontor, net_kurus, available, held, frozen,
                                correlation_id, detail, hash, n);
END $$;

-- History is appended to, never changed: not by the owner either.
CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'EL012';
END $$;
