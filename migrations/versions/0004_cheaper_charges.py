"""A charge costs the server less: fewer statements for the same rows, sums that are read faster. ADR 0059."""

import runpy
from pathlib import Path

from alembic import op

revision = "0004_cheaper_charges"
down_revision = "0003_documents"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """-- What must be true of a lot's numbers, as one function: PostgreSQL reads a CHECK's text anew for every statement that
-- writes the table, and the same sums written out cost five times as much to read as to compute (ADR 0059).
CREATE OR REPLACE FUNCTION lot_adds_up(
    p_granted bigint, p_remaining bigint, p_held bigint, p_consumed bigint, p_expired bigint, p_voided bigint,
    p_frozen bigint, p_passed bigint, p_net_price bigint, p_net_left bigint, p_open boolean, p_frozen_at timestamptz,
    p_voided_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN p_granted > 0
       AND least(p_remaining, p_held, p_consumed, p_expired, p_voided, p_frozen, p_passed) >= 0
       AND p_granted = p_remaining + p_held + p_consumed + p_expired + p_voided + p_frozen + p_passed
       -- the price of what is left lies within the price, and nothing left has no price
       AND p_net_left BETWEEN 0 AND p_net_price AND (p_remaining + p_frozen > 0 OR p_net_left = 0)
       -- open means spendable
       AND p_open = (p_remaining > 0) AND (p_frozen_at IS NOT NULL OR p_frozen = 0)
       AND (NOT p_open OR (p_frozen_at IS NULL AND p_voided_at IS NULL));
END $$;""",
    """-- An entry's place in the chain: sha256(previous hash || UTF-8 of the fields in this order, joined by '|'): tenant,
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
$$;""",
    """-- Append entries to the wallet that ledger_lock returned, extend the hash chain, move the balances. Every write ends
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
END $$;""",
    """-- Hold kontör for charges, from the lots that expire first. All or nothing, or (p_partial) the longest prefix.
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
END $$;""",
    """-- Hold kontör for one charge, from the lots that are spent first: the hot path. Returns the kontör it is short of, 0
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
END $$;""",
)

CHECKS = (
    """ALTER TABLE lot DROP CONSTRAINT lot_adds_up, DROP CONSTRAINT lot_price_adds_up,
    DROP CONSTRAINT lot_open_means_spendable,
    ADD CONSTRAINT lot_adds_up CHECK (lot_adds_up(granted, remaining, held, consumed, expired, voided, frozen, passed, net_price_kurus, net_left_kurus, open, frozen_at, voided_at))""",
)
CHECKS_BEFORE = (
    """ALTER TABLE lot DROP CONSTRAINT lot_adds_up,
    ADD CONSTRAINT lot_adds_up CHECK (granted > 0 AND least(remaining, held, consumed, expired, voided, frozen, passed) >= 0 AND granted = remaining + held + consumed + expired + voided + frozen + passed),
    ADD CONSTRAINT lot_price_adds_up CHECK (net_left_kurus BETWEEN 0 AND net_price_kurus AND (remaining + frozen > 0 OR net_left_kurus = 0)),
    ADD CONSTRAINT lot_open_means_spendable CHECK (open = (remaining > 0) AND (frozen_at IS NOT NULL OR frozen = 0) AND (NOT open OR (frozen_at IS NULL AND voided_at IS NULL)))""",
)

OWNERS = (
    """GRANT CREATE ON SCHEMA public TO ebelge_ledger""",
    """ALTER FUNCTION ledger_hash(bytea, uuid, bigint, text, uuid, uuid, bigint, bigint, bigint, bigint, bigint, timestamptz, uuid, text) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_hash(bytea, uuid, bigint, text, uuid, uuid, bigint, bigint, bigint, bigint, bigint, timestamptz, uuid, text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_hash(bytea, uuid, bigint, text, uuid, uuid, bigint, bigint, bigint, bigint, bigint, timestamptz, uuid, text) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_reserve_one(uuid, uuid, text, bigint, uuid, text, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_reserve_one(uuid, uuid, text, bigint, uuid, text, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_reserve_one(uuid, uuid, text, bigint, uuid, text, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_reserve_one(uuid, uuid, text, bigint, uuid, text, timestamptz) TO ebelge_app""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_ledger""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*FUNCTIONS, *OWNERS, *CHECKS):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in CHECKS_BEFORE:
        run(statement)
    before = runpy.run_path(str(Path(__file__).with_name("0002_ledger.py")))["FUNCTIONS"]
    for statement in before:
        if "FUNCTION ledger_append(" in statement or "FUNCTION ledger_reserve(" in statement:
            run(statement)
    run("DROP FUNCTION ledger_reserve_one(uuid, uuid, text, bigint, uuid, text, timestamptz)")
    run(
        "DROP FUNCTION ledger_hash(bytea, uuid, bigint, text, uuid, uuid, bigint, bigint, bigint, bigint, bigint, timestamptz, uuid, text)"
    )
    run(
        "DROP FUNCTION lot_adds_up(bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, boolean, timestamptz, timestamptz)"
    )
