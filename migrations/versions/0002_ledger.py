"""Wallets, lots, charges and the journal, written by functions only."""

from alembic import op

revision = "0002_ledger"
down_revision = "0001_ground"
branch_labels = None
depends_on = None

TABLES = (
    """CREATE EXTENSION IF NOT EXISTS btree_gist""",
    """CREATE TABLE wallet (
    tenant_id UUID NOT NULL,
    available BIGINT NOT NULL,
    held BIGINT NOT NULL,
    frozen BIGINT NOT NULL,
    version BIGINT NOT NULL,
    head_hash BYTEA NOT NULL,
    last_entry_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT wallet_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT wallet_never_negative CHECK (available >= 0 AND held >= 0 AND frozen >= 0)
)
 WITH (fillfactor = 75)""",
    """ALTER TABLE wallet ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE wallet FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON wallet TO ebelge_app""",
    """CREATE POLICY wallet_app ON wallet TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON wallet TO ebelge_reader""",
    """CREATE POLICY wallet_reader ON wallet TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT, UPDATE ON wallet TO ebelge_ledger""",
    """CREATE POLICY wallet_ledger ON wallet TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE lot (
    tenant_id UUID NOT NULL,
    lot_id UUID NOT NULL,
    source TEXT NOT NULL,
    source_id UUID NOT NULL,
    part SMALLINT NOT NULL,
    origin_tenant_id UUID,
    origin_lot_id UUID,
    priority SMALLINT NOT NULL,
    reason TEXT NOT NULL,
    granted BIGINT NOT NULL,
    remaining BIGINT NOT NULL,
    held BIGINT NOT NULL,
    consumed BIGINT NOT NULL,
    expired BIGINT NOT NULL,
    voided BIGINT NOT NULL,
    frozen BIGINT NOT NULL,
    passed BIGINT NOT NULL,
    net_price_kurus BIGINT NOT NULL,
    net_left_kurus BIGINT NOT NULL,
    credited_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    frozen_at TIMESTAMP WITH TIME ZONE,
    voided_at TIMESTAMP WITH TIME ZONE,
    open BOOLEAN NOT NULL,
    CONSTRAINT lot_pkey PRIMARY KEY (tenant_id, lot_id),
    CONSTRAINT lot_tenant_id_source_source_id_part_key UNIQUE (tenant_id, source, source_id, part),
    CONSTRAINT lot_adds_up CHECK (granted > 0 AND least(remaining, held, consumed, expired, voided, frozen, passed) >= 0 AND granted = remaining + held + consumed + expired + voided + frozen + passed),
    CONSTRAINT lot_price_adds_up CHECK (net_left_kurus BETWEEN 0 AND net_price_kurus AND (remaining + frozen > 0 OR net_left_kurus = 0)),
    CONSTRAINT lot_open_means_spendable CHECK (open = (remaining > 0) AND (frozen_at IS NOT NULL OR frozen = 0) AND (NOT open OR (frozen_at IS NULL AND voided_at IS NULL)))
)
 WITH (fillfactor = 75)""",
    """CREATE INDEX lot_burn_order ON lot (tenant_id, priority, expires_at, lot_id) WHERE open""",
    """CREATE INDEX lot_due ON lot (expires_at, tenant_id) WHERE open""",
    """ALTER TABLE lot ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE lot FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON lot TO ebelge_app""",
    """CREATE POLICY lot_app ON lot TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON lot TO ebelge_reader""",
    """CREATE POLICY lot_reader ON lot TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT, UPDATE ON lot TO ebelge_ledger""",
    """CREATE POLICY lot_ledger ON lot TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE charge (
    tenant_id UUID NOT NULL,
    charge_id UUID NOT NULL,
    kind TEXT NOT NULL,
    kontor BIGINT NOT NULL,
    price_id UUID NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    reserved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT charge_pkey PRIMARY KEY (tenant_id, charge_id),
    CONSTRAINT charge_kontor CHECK (kontor > 0),
    CONSTRAINT charge_ended_has_a_time CHECK ((state = 'held') = (ended_at IS NULL))
)
 WITH (fillfactor = 75)""",
    """ALTER TABLE charge ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE charge FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON charge TO ebelge_app""",
    """CREATE POLICY charge_app ON charge TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON charge TO ebelge_reader""",
    """CREATE POLICY charge_reader ON charge TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT, UPDATE ON charge TO ebelge_ledger""",
    """CREATE POLICY charge_ledger ON charge TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE charge_lot (
    tenant_id UUID NOT NULL,
    charge_id UUID NOT NULL,
    lot_id UUID NOT NULL,
    kontor BIGINT NOT NULL,
    net_kurus BIGINT NOT NULL,
    CONSTRAINT charge_lot_pkey PRIMARY KEY (tenant_id, charge_id, lot_id),
    CONSTRAINT charge_lot_amounts CHECK (kontor > 0 AND net_kurus >= 0)
)""",
    """ALTER TABLE charge_lot ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE charge_lot FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON charge_lot TO ebelge_app""",
    """CREATE POLICY charge_lot_app ON charge_lot TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON charge_lot TO ebelge_reader""",
    """CREATE POLICY charge_lot_reader ON charge_lot TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON charge_lot TO ebelge_ledger""",
    """CREATE POLICY charge_lot_ledger ON charge_lot TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE journal (
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    charge_id UUID,
    lot_id UUID NOT NULL,
    kontor BIGINT NOT NULL,
    net_kurus BIGINT NOT NULL,
    available BIGINT NOT NULL,
    held BIGINT NOT NULL,
    frozen BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    correlation_id UUID NOT NULL,
    detail TEXT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT journal_pkey PRIMARY KEY (tenant_id, version),
    CONSTRAINT journal_amounts CHECK (kontor >= 0 AND net_kurus >= 0)
)""",
    """CREATE INDEX journal_at ON journal (tenant_id, at, version)""",
    """ALTER TABLE journal ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE journal FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON journal TO ebelge_app""",
    """CREATE POLICY journal_app ON journal TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON journal TO ebelge_reader""",
    """CREATE POLICY journal_reader ON journal TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON journal TO ebelge_ledger""",
    """CREATE POLICY journal_ledger ON journal TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE transfer (
    tenant_id UUID NOT NULL,
    draw_id UUID NOT NULL,
    to_tenant_id UUID NOT NULL,
    kontor BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT transfer_pkey PRIMARY KEY (tenant_id, draw_id),
    CONSTRAINT transfer_to_another CHECK (kontor > 0 AND to_tenant_id <> tenant_id)
)""",
    """ALTER TABLE transfer ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE transfer FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON transfer TO ebelge_app""",
    """CREATE POLICY transfer_app ON transfer TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON transfer TO ebelge_reader""",
    """CREATE POLICY transfer_reader ON transfer TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON transfer TO ebelge_ledger""",
    """CREATE POLICY transfer_ledger ON transfer TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE transfer_lot (
    tenant_id UUID NOT NULL,
    draw_id UUID NOT NULL,
    part SMALLINT NOT NULL,
    lot_id UUID NOT NULL,
    kontor BIGINT NOT NULL,
    net_kurus BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT transfer_lot_pkey PRIMARY KEY (tenant_id, draw_id, part),
    CONSTRAINT transfer_lot_amounts CHECK (kontor > 0 AND net_kurus >= 0)
)""",
    """ALTER TABLE transfer_lot ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE transfer_lot FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON transfer_lot TO ebelge_app""",
    """CREATE POLICY transfer_lot_app ON transfer_lot TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON transfer_lot TO ebelge_reader""",
    """CREATE POLICY transfer_lot_reader ON transfer_lot TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON transfer_lot TO ebelge_ledger""",
    """CREATE POLICY transfer_lot_ledger ON transfer_lot TO ebelge_ledger USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """CREATE TABLE charge_kind (
    kind TEXT NOT NULL,
    title_tr TEXT NOT NULL,
    title_en TEXT NOT NULL,
    CONSTRAINT charge_kind_pkey PRIMARY KEY (kind),
    CONSTRAINT charge_kind_kind_form CHECK (position(';' in kind) = 0)
)""",
    """ALTER TABLE charge_kind ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE charge_kind FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON charge_kind TO ebelge_app""",
    """CREATE POLICY charge_kind_app ON charge_kind TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON charge_kind TO ebelge_reader""",
    """CREATE POLICY charge_kind_reader ON charge_kind TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE price (
    price_id UUID NOT NULL,
    kind TEXT NOT NULL,
    scope UUID NOT NULL,
    kontor BIGINT NOT NULL,
    valid TSTZRANGE NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT price_pkey PRIMARY KEY (price_id),
    CONSTRAINT price_kontor CHECK (kontor >= 0),
    CONSTRAINT price_valid_is_a_period CHECK (NOT isempty(valid)),
    CONSTRAINT price_no_overlap EXCLUDE USING gist (kind WITH =, scope WITH =, valid WITH &&)
)""",
    """ALTER TABLE price ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE price FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON price TO ebelge_app""",
    """CREATE POLICY price_app ON price TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON price TO ebelge_reader""",
    """CREATE POLICY price_reader ON price TO ebelge_reader USING (true) WITH CHECK (true)""",
)

FUNCTIONS = (
    """-- The ledger's clock, a function of its own: a test of months replaces it in its own database.
-- It reads nothing that a caller could set, and only the ledger's role may call or (with the owner) replace it.
CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$ SELECT clock_timestamp() $$;""",
    """-- Price of p_take of p_units kontör that cost p_total kuruş together, half up. Whoever takes the last ones gets the
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

-- Append entries to the wallet that ledger_lock returned, extend the hash chain, move the balances. Every write ends
-- here, once per call. p_kontor and p_net are amounts without a sign: the kind says which way they go.
-- hash = sha256(previous hash || UTF-8 of the fields in this order, joined by '|'): tenant, version, kind, charge,
-- lot, kontör, net kuruş, available, held, frozen (after), time in microseconds, correlation, detail.
-- The same in Python: billing.ledger.journal.
CREATE OR REPLACE FUNCTION ledger_append(
    w wallet, p_kinds text[], p_charges uuid[], p_lots uuid[], p_kontor bigint[],
    p_net bigint[], p_correlations uuid[], p_details text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_micros text := (extract(epoch FROM w.last_entry_at) * 1000000)::bigint::text;
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
        w.head_hash := sha256(w.head_hash || convert_to(concat_ws('|',
            w.tenant_id, w.version, p_kinds[i], coalesce(p_charges[i]::text, ''), p_lots[i], v_n, p_net[i],
            w.available, w.held, w.frozen, v_micros, p_correlations[i], p_details[i]), 'UTF8'));
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
END $$;""",
    """-- Functions that others may call run as the role ebelge_ledger with a fixed search_path. pg_temp comes last, because
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
END $$;""",
    """-- Hold kontör for charges, from the lots that expire first. All or nothing, or (p_partial) the longest prefix.
-- A charge that exists with the same kind, amount and reference counts as reserved and is left as it is (replay);
-- so does a charge that stands in the array a second time.
-- Returns {how many charges of the array are reserved now, how many kontör the rest is short of}.
-- The walk skips lots past due and posts no expiry: a refusal would roll it back, and a refusal writes nothing.
-- Each share takes its part of the lot's price with it, so that whatever becomes of it is exact to the kuruş.
-- One new charge from one lot, the common case, writes plain rows: unnest() costs twice as much for one row.
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
    IF v_count = 1 THEN
        SELECT x.lot_id, x.remaining, x.net_left_kurus INTO l FROM lot x
         WHERE x.tenant_id = p_tenant AND x.open AND x.expires_at > w.last_entry_at
         ORDER BY x.priority, x.expires_at, x.lot_id LIMIT 1;
        IF FOUND AND l.remaining >= p_kontor[1] THEN
            INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at)
            VALUES (p_tenant, p_charges[1], p_kinds[1], p_kontor[1], p_prices[1], p_references[1], 'held',
                    w.last_entry_at)
            ON CONFLICT (tenant_id, charge_id) DO NOTHING;
            IF FOUND THEN
                v_take := p_kontor[1];
                v_net := ledger_share(l.net_left_kurus, l.remaining, v_take);
                UPDATE lot x
                   SET remaining = x.remaining - v_take, held = x.held + v_take, open = x.remaining > v_take,
                       net_left_kurus = x.net_left_kurus - v_net
                 WHERE x.tenant_id = p_tenant AND x.lot_id = l.lot_id;
                INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor, net_kurus)
                VALUES (p_tenant, p_charges[1], l.lot_id, v_take, v_net);
                PERFORM ledger_append(w, ARRAY['reserved'], p_charges, ARRAY[l.lot_id], p_kontor, ARRAY[v_net],
                                      p_charges,
                                      ARRAY[p_kinds[1] || ';' || p_prices[1] || ';' || p_references[1]]);
                RETURN ARRAY[1, 0];
            END IF;
        END IF;
    END IF;

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
END $$;""",
    """-- First half of passing kontör on: take it from the giver's lots in burn order (or from p_only), write down the
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
END $$;""",
)

OWNERS = (
    """GRANT CREATE ON SCHEMA public TO ebelge_ledger""",
    """ALTER FUNCTION ledger_now() OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_now() FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_now() TO ebelge_ledger""",
    """ALTER FUNCTION ledger_share(bigint, bigint, bigint) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_share(bigint, bigint, bigint) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_share(bigint, bigint, bigint) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_lock(uuid, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_lock(uuid, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_lock(uuid, timestamptz) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_append(wallet, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[]) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_append(wallet, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[]) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_append(wallet, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[]) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_open_wallet(uuid) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_open_wallet(uuid) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_open_wallet(uuid) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_open_wallet(uuid) TO ebelge_app""",
    """ALTER FUNCTION ledger_insert_lot(uuid, uuid, text, uuid, smallint, uuid, uuid, smallint, text, bigint, bigint, timestamptz, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_insert_lot(uuid, uuid, text, uuid, smallint, uuid, uuid, smallint, text, bigint, bigint, timestamptz, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_insert_lot(uuid, uuid, text, uuid, smallint, uuid, uuid, smallint, text, bigint, bigint, timestamptz, timestamptz) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_grant(uuid, uuid, text, uuid, smallint, bigint, bigint, timestamptz, smallint, text, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_grant(uuid, uuid, text, uuid, smallint, bigint, bigint, timestamptz, smallint, text, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_grant(uuid, uuid, text, uuid, smallint, bigint, bigint, timestamptz, smallint, text, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_grant(uuid, uuid, text, uuid, smallint, bigint, bigint, timestamptz, smallint, text, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_expire(uuid, int, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_expire(uuid, int, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_expire(uuid, int, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_expire(uuid, int, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_freeze(uuid, uuid, text, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_freeze(uuid, uuid, text, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_freeze(uuid, uuid, text, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_freeze(uuid, uuid, text, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_thaw(uuid, uuid, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_thaw(uuid, uuid, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_thaw(uuid, uuid, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_thaw(uuid, uuid, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_void(uuid, uuid, text, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_void(uuid, uuid, text, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_void(uuid, uuid, text, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_void(uuid, uuid, text, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_reserve(uuid, uuid[], text[], bigint[], uuid[], text[], boolean, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_reserve(uuid, uuid[], text[], bigint[], uuid[], text[], boolean, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_reserve(uuid, uuid[], text[], bigint[], uuid[], text[], boolean, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_reserve(uuid, uuid[], text[], bigint[], uuid[], text[], boolean, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_charges_in(uuid, uuid[], text, text) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_charges_in(uuid, uuid[], text, text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_charges_in(uuid, uuid[], text, text) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_capture(uuid, uuid[], timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_capture(uuid, uuid[], timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_capture(uuid, uuid[], timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_capture(uuid, uuid[], timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_child_id(uuid, uuid, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_child_id(uuid, uuid, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_child_id(uuid, uuid, timestamptz) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_return(uuid, uuid[], boolean, timestamptz, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_return(uuid, uuid[], boolean, timestamptz, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_return(uuid, uuid[], boolean, timestamptz, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_return(uuid, uuid[], boolean, timestamptz, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_pass(uuid, uuid, uuid, bigint, uuid[], timestamptz, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_pass(uuid, uuid, uuid, bigint, uuid[], timestamptz, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_pass(uuid, uuid, uuid, bigint, uuid[], timestamptz, timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_pass(uuid, uuid, uuid, bigint, uuid[], timestamptz, timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_receive(uuid, uuid, uuid, uuid[], uuid[], bigint[], bigint[], timestamptz[], timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_receive(uuid, uuid, uuid, uuid[], uuid[], bigint[], bigint[], timestamptz[], timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_receive(uuid, uuid, uuid, uuid[], uuid[], bigint[], bigint[], timestamptz[], timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_receive(uuid, uuid, uuid, uuid[], uuid[], bigint[], bigint[], timestamptz[], timestamptz) TO ebelge_app""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_ledger""",
)

TRIGGERS = (
    "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER charge_lot_append_only BEFORE UPDATE OR DELETE ON charge_lot FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER charge_lot_no_truncate BEFORE TRUNCATE ON charge_lot FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON transfer FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER transfer_lot_append_only BEFORE UPDATE OR DELETE ON transfer_lot FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER transfer_lot_no_truncate BEFORE TRUNCATE ON transfer_lot FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
)

ROWS = (
    "ALTER TABLE charge_kind NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE price NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO charge_kind (kind, title_tr, title_en) VALUES ('efatura.out', 'e-Fatura gönderimi', 'e-Fatura sent')",
    "INSERT INTO price (price_id, kind, scope, kontor, valid, note) VALUES ('00000000-0000-7000-8000-000000000001', 'efatura.out', '00000000-0000-0000-0000-000000000000', 1, tstzrange('2026-01-01 00:00:00+03', NULL), 'opening rate card: 1 kontör per outgoing document')",
    "INSERT INTO charge_kind (kind, title_tr, title_en) VALUES ('earsiv.out', 'e-Arşiv Fatura gönderimi', 'e-Arşiv invoice sent')",
    "INSERT INTO price (price_id, kind, scope, kontor, valid, note) VALUES ('00000000-0000-7000-8000-000000000002', 'earsiv.out', '00000000-0000-0000-0000-000000000000', 1, tstzrange('2026-01-01 00:00:00+03', NULL), 'opening rate card: 1 kontör per outgoing document')",
    "INSERT INTO charge_kind (kind, title_tr, title_en) VALUES ('eirsaliye.out', 'e-İrsaliye gönderimi', 'e-İrsaliye sent')",
    "INSERT INTO price (price_id, kind, scope, kontor, valid, note) VALUES ('00000000-0000-7000-8000-000000000003', 'eirsaliye.out', '00000000-0000-0000-0000-000000000000', 1, tstzrange('2026-01-01 00:00:00+03', NULL), 'opening rate card: 1 kontör per outgoing document')",
    "INSERT INTO charge_kind (kind, title_tr, title_en) VALUES ('emm.out', 'e-Müstahsil Makbuzu gönderimi', 'e-Müstahsil receipt sent')",
    "INSERT INTO price (price_id, kind, scope, kontor, valid, note) VALUES ('00000000-0000-7000-8000-000000000004', 'emm.out', '00000000-0000-0000-0000-000000000000', 1, tstzrange('2026-01-01 00:00:00+03', NULL), 'opening rate card: 1 kontör per outgoing document')",
    "ALTER TABLE charge_kind FORCE ROW LEVEL SECURITY",
    "ALTER TABLE price FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        run(statement)
    for statement in FUNCTIONS:
        run(statement)
    for statement in TRIGGERS:
        run(statement)
    for statement in ROWS:
        run(statement)
    for statement in OWNERS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run(
        "DROP FUNCTION ledger_receive(uuid, uuid, uuid, uuid[], uuid[], bigint[], bigint[], timestamptz[], timestamptz)"
    )
    run("DROP FUNCTION ledger_pass(uuid, uuid, uuid, bigint, uuid[], timestamptz, timestamptz)")
    run("DROP FUNCTION ledger_return(uuid, uuid[], boolean, timestamptz, timestamptz)")
    run("DROP FUNCTION ledger_child_id(uuid, uuid, timestamptz)")
    run("DROP FUNCTION ledger_capture(uuid, uuid[], timestamptz)")
    run("DROP FUNCTION ledger_charges_in(uuid, uuid[], text, text)")
    run("DROP FUNCTION ledger_reserve(uuid, uuid[], text[], bigint[], uuid[], text[], boolean, timestamptz)")
    run("DROP FUNCTION ledger_void(uuid, uuid, text, timestamptz)")
    run("DROP FUNCTION ledger_thaw(uuid, uuid, timestamptz)")
    run("DROP FUNCTION ledger_freeze(uuid, uuid, text, timestamptz)")
    run("DROP FUNCTION ledger_expire(uuid, int, timestamptz)")
    run(
        "DROP FUNCTION ledger_grant(uuid, uuid, text, uuid, smallint, bigint, bigint, timestamptz, smallint, text, timestamptz)"
    )
    run(
        "DROP FUNCTION ledger_insert_lot(uuid, uuid, text, uuid, smallint, uuid, uuid, smallint, text, bigint, bigint, timestamptz, timestamptz)"
    )
    run("DROP FUNCTION ledger_open_wallet(uuid)")
    run("DROP FUNCTION ledger_append(wallet, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[])")
    run("DROP FUNCTION ledger_lock(uuid, timestamptz)")
    run("DROP FUNCTION ledger_share(bigint, bigint, bigint)")
    run("DROP FUNCTION ledger_now()")
    run("DROP TABLE price")
    run("DROP TABLE charge_kind")
    run("DROP TABLE transfer_lot")
    run("DROP TABLE transfer")
    run("DROP TABLE journal")
    run("DROP TABLE charge_lot")
    run("DROP TABLE charge")
    run("DROP TABLE lot")
    run("DROP TABLE wallet")
    run("DROP FUNCTION ledger_refuse_change()")
    run("DROP EXTENSION IF EXISTS btree_gist")
