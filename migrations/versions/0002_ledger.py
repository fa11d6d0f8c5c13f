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
    credited_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    frozen_at TIMESTAMP WITH TIME ZONE,
    voided_at TIMESTAMP WITH TIME ZONE,
    open BOOLEAN NOT NULL,
    CONSTRAINT lot_pkey PRIMARY KEY (tenant_id, lot_id),
    CONSTRAINT lot_tenant_id_source_source_id_part_key UNIQUE (tenant_id, source, source_id, part),
    CONSTRAINT lot_source CHECK (source IN ('payment', 'receivable', 'bonus', 'goodwill', 'opening', 'received', 'grace')),
    CONSTRAINT lot_amounts CHECK (granted > 0 AND net_price_kurus >= 0),
    CONSTRAINT lot_adds_up CHECK (least(remaining, held, consumed, expired, voided, frozen, passed) >= 0 AND granted = remaining + held + consumed + expired + voided + frozen + passed),
    CONSTRAINT lot_open_means_remaining CHECK (open = (remaining > 0)),
    CONSTRAINT lot_frozen_has_a_time CHECK (frozen_at IS NOT NULL OR frozen = 0),
    CONSTRAINT lot_origin_is_whole CHECK ((origin_tenant_id IS NULL) = (origin_lot_id IS NULL))
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
    CONSTRAINT charge_state CHECK (state IN ('held', 'captured', 'released', 'restored')),
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
    CONSTRAINT charge_lot_pkey PRIMARY KEY (tenant_id, charge_id, lot_id),
    CONSTRAINT charge_lot_kontor CHECK (kontor > 0)
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
    CONSTRAINT journal_kind CHECK (kind IN ('granted', 'received', 'reserved', 'captured', 'released', 'restored', 'expired', 'passed', 'frozen', 'thawed', 'voided')),
    CONSTRAINT journal_kontor CHECK (kontor >= 0)
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
    """GRANT SELECT, INSERT, UPDATE ON transfer TO ebelge_ledger""",
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
    CONSTRAINT charge_kind_pkey PRIMARY KEY (kind)
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
    """-- The ledger's clock, a function of its own so that tests of months need not wait for months.
CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public
AS $$ SELECT clock_timestamp() $$;""",
    """-- Price of the kontör [p_first, p_last) of a lot of p_units that cost p_total in all, in kuruş.
-- Cumulative, half up at each border: the parts of any split sum to the total exactly.
-- The same rule in Python: ebelge.core.money.share_kurus.
CREATE OR REPLACE FUNCTION ledger_share(p_total bigint, p_units bigint, p_first bigint, p_last bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public
AS $$ SELECT div(2::numeric * p_total * p_last + p_units, 2 * p_units)::bigint
           - div(2::numeric * p_total * p_first + p_units, 2 * p_units)::bigint $$;

-- Lock the wallet and return the time of the entries to come: never before the last entry's.
-- An old p_at is refused, because "balance as of T" must not change afterwards; a future one would block the wallet.
CREATE OR REPLACE FUNCTION ledger_lock(p_tenant uuid, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public
AS $$
DECLARE
    v_last timestamptz;
    v_now timestamptz;
BEGIN
    SELECT last_entry_at INTO v_last FROM wallet WHERE tenant_id = p_tenant FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no wallet of tenant % in this session', p_tenant USING ERRCODE = 'EL001';
    END IF;
    v_now := ledger_now();
    IF p_at < v_now - interval '60 seconds' OR p_at > v_now + interval '5 seconds' THEN
        RAISE EXCEPTION 'time % is not the present (%)', p_at, v_now USING ERRCODE = 'EL002';
    END IF;
    RETURN greatest(p_at, v_last);
END $$;

-- Append entries under the wallet's lock, extend the hash chain, move the balances. Every write ends here.
-- hash = sha256(previous hash || UTF-8 of the fields in this order, joined by '|'): tenant, version, kind, charge,
-- lot, kontör, net kuruş, available, held, frozen (after), time in microseconds, correlation, detail.
CREATE OR REPLACE FUNCTION ledger_append(
    p_tenant uuid, p_at timestamptz, p_kinds text[], p_charges uuid[], p_lots uuid[], p_kontor bigint[],
    p_net bigint[], p_correlations uuid[], p_details text[]
) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public
AS $$
DECLARE
    w wallet%ROWTYPE;
    v_micros text := (extract(epoch FROM p_at) * 1000000)::bigint::text;
    v_kind text;
    v_n bigint;
    v_available bigint[] := '{}';
    v_held bigint[] := '{}';
    v_frozen bigint[] := '{}';
    v_hashes bytea[] := '{}';
    v_count int := coalesce(array_length(p_kinds, 1), 0);
    v_first bigint;
BEGIN
    IF v_count = 0 THEN
        RETURN;
    END IF;
    SELECT * INTO STRICT w FROM wallet WHERE tenant_id = p_tenant;
    v_first := w.version;
    FOR i IN 1 .. v_count LOOP
        v_kind := p_kinds[i];
        v_n := p_kontor[i];
        CASE v_kind
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
        w.head_hash := sha256(w.head_hash || convert_to(
            p_tenant || '|' || w.version || '|' || v_kind || '|' || coalesce(p_charges[i]::text, '') || '|'
            || p_lots[i] || '|' || v_n || '|' || p_net[i] || '|' || w.available || '|' || w.held || '|' || w.frozen
            || '|' || v_micros || '|' || p_correlations[i] || '|' || p_details[i], 'UTF8'));
        v_available := array_append(v_available, w.available);
        v_held := array_append(v_held, w.held);
        v_frozen := array_append(v_frozen, w.frozen);
        v_hashes := array_append(v_hashes, w.head_hash);
    END LOOP;
    UPDATE wallet
       SET available = w.available, held = w.held, frozen = w.frozen,
           version = w.version, head_hash = w.head_hash, last_entry_at = p_at
     WHERE tenant_id = p_tenant;
    INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus,
                         available, held, frozen, at, correlation_id, detail, hash)
    SELECT p_tenant, v_first + e.n, e.kind, e.charge_id, e.lot_id, e.kontor, e.net_kurus,
           e.available, e.held, e.frozen, p_at, e.correlation_id, e.detail, e.hash
      FROM unnest(p_kinds, p_charges, p_lots, p_kontor, p_net, v_available, v_held, v_frozen,
                  p_correlations, p_details, v_hashes)
           WITH ORDINALITY AS e(kind, charge_id, lot_id, kontor, net_kurus, available, held, frozen,
                                correlation_id, detail, hash, n);
END $$;

-- History is appended to, never changed: not by the owner either.
CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'EL012';
END $$;""",
    """-- Open a tenant's wallet, empty. Belongs to the creation of the tenant; repeating it does nothing.
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
END $$;""",
    """-- Hold kontör for charges, from the lots that expire first. All or nothing, or (p_partial) the longest prefix.
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
END $$;""",
    """-- First half of passing kontör on: take it from the giver's lots in burn order (or from p_only), write down the
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
END $$;""",
)

OWNERS = (
    """GRANT CREATE ON SCHEMA public TO ebelge_ledger""",
    """ALTER FUNCTION ledger_now() OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_now() FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_now() TO ebelge_ledger""",
    """ALTER FUNCTION ledger_share(bigint, bigint, bigint, bigint) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_share(bigint, bigint, bigint, bigint) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_share(bigint, bigint, bigint, bigint) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_lock(uuid, timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_lock(uuid, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_lock(uuid, timestamptz) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_append(uuid, timestamptz, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[]) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_append(uuid, timestamptz, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[]) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_append(uuid, timestamptz, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[]) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_open_wallet(uuid) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_open_wallet(uuid) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_open_wallet(uuid) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_open_wallet(uuid) TO ebelge_app""",
    """ALTER FUNCTION ledger_lot_facts(lot) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_lot_facts(lot) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_lot_facts(lot) TO ebelge_ledger""",
    """ALTER FUNCTION ledger_insert_lot(lot) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_insert_lot(lot) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_insert_lot(lot) TO ebelge_ledger""",
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
    """ALTER FUNCTION ledger_capture(uuid, uuid[], timestamptz) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_capture(uuid, uuid[], timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_capture(uuid, uuid[], timestamptz) TO ebelge_ledger""",
    """GRANT EXECUTE ON FUNCTION ledger_capture(uuid, uuid[], timestamptz) TO ebelge_app""",
    """ALTER FUNCTION ledger_charges_in(uuid, uuid[], text, text) OWNER TO ebelge_ledger""",
    """REVOKE ALL ON FUNCTION ledger_charges_in(uuid, uuid[], text, text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION ledger_charges_in(uuid, uuid[], text, text) TO ebelge_ledger""",
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
    run("DROP FUNCTION ledger_receive(uuid, uuid, uuid, uuid[], uuid[], bigint[], bigint[], timestamptz[], timestamptz)")
    run("DROP FUNCTION ledger_pass(uuid, uuid, uuid, bigint, uuid[], timestamptz, timestamptz)")
    run("DROP FUNCTION ledger_return(uuid, uuid[], boolean, timestamptz, timestamptz)")
    run("DROP FUNCTION ledger_charges_in(uuid, uuid[], text, text)")
    run("DROP FUNCTION ledger_capture(uuid, uuid[], timestamptz)")
    run("DROP FUNCTION ledger_reserve(uuid, uuid[], text[], bigint[], uuid[], text[], boolean, timestamptz)")
    run("DROP FUNCTION ledger_void(uuid, uuid, text, timestamptz)")
    run("DROP FUNCTION ledger_thaw(uuid, uuid, timestamptz)")
    run("DROP FUNCTION ledger_freeze(uuid, uuid, text, timestamptz)")
    run("DROP FUNCTION ledger_expire(uuid, int, timestamptz)")
    run("DROP FUNCTION ledger_grant(uuid, uuid, text, uuid, smallint, bigint, bigint, timestamptz, smallint, text, timestamptz)")
    run("DROP FUNCTION ledger_insert_lot(lot)")
    run("DROP FUNCTION ledger_lot_facts(lot)")
    run("DROP FUNCTION ledger_open_wallet(uuid)")
    run("DROP FUNCTION ledger_append(uuid, timestamptz, text[], uuid[], uuid[], bigint[], bigint[], uuid[], text[])")
    run("DROP FUNCTION ledger_lock(uuid, timestamptz)")
    run("DROP FUNCTION ledger_share(bigint, bigint, bigint, bigint)")
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
