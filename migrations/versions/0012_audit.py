"""The audit log: entries, details apart from them, seals in a chain, and the functions that seal."""

from alembic import op

revision = "0012_audit"
down_revision = "0011_keys"
branch_labels = None
depends_on = None

TABLES = (
    """GRANT USAGE ON SCHEMA public TO ebelge_audit""",
    """CREATE TABLE audit_entry (
    tenant_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    for_whom TEXT NOT NULL,
    request_id TEXT NOT NULL,
    details TEXT NOT NULL,
    change TEXT NOT NULL,
    CONSTRAINT audit_entry_pkey PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT audit_entry_action_form CHECK (action ~ '^[a-z_]{1,40}[.][a-z_]{1,40}$'),
    CONSTRAINT audit_entry_actor_kind CHECK (actor_kind IN ('person', 'staff', 'key', 'system', 'command', 'visitor')),
    CONSTRAINT audit_entry_fields_are_apart CHECK (strpos(object_kind || object_id || actor_id || for_whom || request_id || details, '|') = 0),
    CONSTRAINT audit_entry_fields_are_short CHECK (octet_length(object_kind || object_id || actor_id || for_whom || request_id || details) <= 4000),
    CONSTRAINT audit_entry_change_is_short CHECK (octet_length(change) <= 16384)
)""",
    """CREATE INDEX audit_entry_by_action ON audit_entry (tenant_id, action, at, entry_id)""",
    """CREATE INDEX audit_entry_by_actor ON audit_entry (tenant_id, actor_id, at, entry_id)""",
    """CREATE INDEX audit_entry_by_object ON audit_entry (tenant_id, object_kind, object_id, at, entry_id)""",
    """CREATE INDEX audit_entry_by_time ON audit_entry (tenant_id, at, entry_id)""",
    """CREATE INDEX audit_entry_of_actor ON audit_entry (actor_id, at, entry_id)""",
    """CREATE INDEX audit_entry_of_all ON audit_entry (at, entry_id)""",
    """ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON audit_entry TO ebelge_app""",
    """CREATE POLICY audit_entry_app ON audit_entry TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON audit_entry TO ebelge_reader""",
    """CREATE POLICY audit_entry_reader ON audit_entry TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_entry TO ebelge_finance""",
    """CREATE POLICY audit_entry_finance ON audit_entry TO ebelge_finance USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_entry TO ebelge_people""",
    """CREATE POLICY audit_entry_people ON audit_entry TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_entry TO ebelge_relay""",
    """CREATE POLICY audit_entry_relay ON audit_entry TO ebelge_relay USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON audit_entry TO ebelge_audit""",
    """CREATE POLICY audit_entry_audit ON audit_entry TO ebelge_audit USING (true) WITH CHECK (true)""",
    """CREATE TABLE audit_detail (
    tenant_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    part TEXT NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    salt BYTEA,
    value TEXT,
    erased_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT audit_detail_pkey PRIMARY KEY (tenant_id, entry_id, part),
    CONSTRAINT audit_detail_part CHECK (part IN ('from', 'personal', 'who')),
    CONSTRAINT audit_detail_value_is_short CHECK (octet_length(value) <= 8192),
    CONSTRAINT audit_detail_value_goes_with_its_salt CHECK ((value IS NULL) = (salt IS NULL)),
    CONSTRAINT audit_detail_erased_has_a_time CHECK ((value IS NULL) = (erased_at IS NOT NULL))
)""",
    """CREATE INDEX audit_detail_kept ON audit_detail (part, noted_at) WHERE value IS NOT NULL""",
    """ALTER TABLE audit_detail ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE audit_detail FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON audit_detail TO ebelge_app""",
    """CREATE POLICY audit_detail_app ON audit_detail TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON audit_detail TO ebelge_reader""",
    """CREATE POLICY audit_detail_reader ON audit_detail TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_detail TO ebelge_finance""",
    """CREATE POLICY audit_detail_finance ON audit_detail TO ebelge_finance USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_detail TO ebelge_people""",
    """CREATE POLICY audit_detail_people ON audit_detail TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_detail TO ebelge_relay""",
    """CREATE POLICY audit_detail_relay ON audit_detail TO ebelge_relay USING (true) WITH CHECK (true)""",
    """GRANT SELECT, UPDATE ON audit_detail TO ebelge_audit""",
    """CREATE POLICY audit_detail_audit ON audit_detail TO ebelge_audit USING (true) WITH CHECK (true)""",
    """CREATE TABLE audit_unsealed (
    tenant_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    CONSTRAINT audit_unsealed_pkey PRIMARY KEY (tenant_id, entry_id)
)""",
    """ALTER TABLE audit_unsealed ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE audit_unsealed FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON audit_unsealed TO ebelge_app""",
    """CREATE POLICY audit_unsealed_app ON audit_unsealed TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON audit_unsealed TO ebelge_reader""",
    """CREATE POLICY audit_unsealed_reader ON audit_unsealed TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_unsealed TO ebelge_finance""",
    """CREATE POLICY audit_unsealed_finance ON audit_unsealed TO ebelge_finance USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_unsealed TO ebelge_people""",
    """CREATE POLICY audit_unsealed_people ON audit_unsealed TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT INSERT ON audit_unsealed TO ebelge_relay""",
    """CREATE POLICY audit_unsealed_relay ON audit_unsealed TO ebelge_relay USING (true) WITH CHECK (true)""",
    """GRANT SELECT, DELETE ON audit_unsealed TO ebelge_audit""",
    """CREATE POLICY audit_unsealed_audit ON audit_unsealed TO ebelge_audit USING (true) WITH CHECK (true)""",
    """CREATE TABLE audit_seal (
    tenant_id UUID NOT NULL,
    version BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT audit_seal_pkey PRIMARY KEY (tenant_id, version),
    CONSTRAINT audit_seal_tenant_id_entry_id_key UNIQUE (tenant_id, entry_id),
    CONSTRAINT audit_seal_version CHECK (version > 0),
    CONSTRAINT audit_seal_hash_length CHECK (octet_length(hash) = 32)
)""",
    """ALTER TABLE audit_seal ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE audit_seal FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON audit_seal TO ebelge_app""",
    """CREATE POLICY audit_seal_app ON audit_seal TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON audit_seal TO ebelge_reader""",
    """CREATE POLICY audit_seal_reader ON audit_seal TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON audit_seal TO ebelge_audit""",
    """CREATE POLICY audit_seal_audit ON audit_seal TO ebelge_audit USING (true) WITH CHECK (true)""",
)

FUNCTIONS = (
    """-- An entry's place in the chain: sha256(previous hash || UTF-8 of the fields in this order, joined by '|'): tenant,
-- version, time of sealing, entry, time, action, kind and id of the object, kind and id of the actor, for whom, request,
-- details, change. Times are integer microseconds. The same in Python: tenants.audit.chain.
CREATE OR REPLACE FUNCTION audit_hash(
    p_previous bytea, p_tenant uuid, p_version bigint, p_sealed_at timestamptz, p_entry uuid, p_at timestamptz,
    p_action text, p_object_kind text, p_object_id text, p_actor_kind text, p_actor_id text, p_for_whom text,
    p_request_id text, p_details text, p_change text
) RETURNS bytea
LANGUAGE sql STABLE
AS $$
    SELECT sha256(p_previous || convert_to(concat_ws('|',
        p_tenant, p_version, (extract(epoch FROM p_sealed_at) * 1000000)::bigint, p_entry,
        (extract(epoch FROM p_at) * 1000000)::bigint, p_action, p_object_kind, p_object_id, p_actor_kind, p_actor_id,
        p_for_whom, p_request_id, p_details, p_change), 'UTF8'))
$$;

-- Tenants with entries that wait for their seal.
CREATE OR REPLACE FUNCTION audit_waiting(p_limit int)
RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT DISTINCT u.tenant_id FROM audit_unsealed u LIMIT p_limit $$;

-- Seal up to p_limit waiting entries of a tenant, in an order that is final: by the transactions that wrote them, and
-- only those that began before the oldest transaction still running (a row's own xmin tells; it is right after a
-- restore too). So nothing can appear later that belongs before what is sealed. One sealer per tenant at a time: a
-- second one finds the lock taken and leaves. Returns how many entries were sealed.
CREATE OR REPLACE FUNCTION audit_seal_waiting(p_tenant uuid, p_limit int)
RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    e record;
    v_version bigint;
    v_hash bytea;
    v_now timestamptz := clock_timestamp();
    v_horizon bigint;
    v_count int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit_seal ' || p_tenant::text, 0)) THEN
        RETURN 0;
    END IF;
    v_horizon := age(pg_snapshot_xmin(pg_current_snapshot())::xid);
    SELECT s.version, s.hash INTO v_version, v_hash
      FROM audit_seal s WHERE s.tenant_id = p_tenant ORDER BY s.version DESC LIMIT 1;
    v_version := coalesce(v_version, 0);
    v_hash := coalesce(v_hash, decode(repeat('00', 32), 'hex'));
    FOR e IN
        SELECT n.* FROM audit_unsealed u
          JOIN audit_entry n ON n.tenant_id = u.tenant_id AND n.entry_id = u.entry_id
         WHERE u.tenant_id = p_tenant AND age(n.xmin) > v_horizon
         ORDER BY age(n.xmin) DESC, n.entry_id
         LIMIT p_limit
    LOOP
        v_version := v_version + 1;
        v_hash := audit_hash(v_hash, p_tenant, v_version, v_now, e.entry_id, e.at, e.action, e.object_kind,
                             e.object_id, e.actor_kind, e.actor_id, e.for_whom, e.request_id, e.details, e.change);
        INSERT INTO audit_seal (tenant_id, version, entry_id, sealed_at, hash)
        VALUES (p_tenant, v_version, e.entry_id, v_now, v_hash);
        DELETE FROM audit_unsealed u WHERE u.tenant_id = p_tenant AND u.entry_id = e.entry_id;
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END $$;""",
)

OWNERS = (
    """GRANT CREATE ON SCHEMA public TO ebelge_audit""",
    """ALTER FUNCTION audit_hash(bytea, uuid, bigint, timestamptz, uuid, timestamptz, text, text, text, text, text, text, text, text, text) OWNER TO ebelge_audit""",
    """REVOKE ALL ON FUNCTION audit_hash(bytea, uuid, bigint, timestamptz, uuid, timestamptz, text, text, text, text, text, text, text, text, text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION audit_hash(bytea, uuid, bigint, timestamptz, uuid, timestamptz, text, text, text, text, text, text, text, text, text) TO ebelge_audit""",
    """ALTER FUNCTION audit_waiting(int) OWNER TO ebelge_audit""",
    """REVOKE ALL ON FUNCTION audit_waiting(int) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION audit_waiting(int) TO ebelge_audit""",
    """GRANT EXECUTE ON FUNCTION audit_waiting(int) TO ebelge_relay""",
    """ALTER FUNCTION audit_seal_waiting(uuid, int) OWNER TO ebelge_audit""",
    """REVOKE ALL ON FUNCTION audit_seal_waiting(uuid, int) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION audit_seal_waiting(uuid, int) TO ebelge_audit""",
    """GRANT EXECUTE ON FUNCTION audit_seal_waiting(uuid, int) TO ebelge_relay""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_audit""",
)

TRIGGERS = (
    "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *FUNCTIONS, *OWNERS, *TRIGGERS):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION audit_seal_waiting(uuid, int)")
    run("DROP FUNCTION audit_waiting(int)")
    run(
        "DROP FUNCTION audit_hash(bytea, uuid, bigint, timestamptz, uuid, timestamptz, text, text, text, text, text, text, text, text, text)"
    )
    run("DROP TABLE audit_seal")
    run("DROP TABLE audit_unsealed")
    run("DROP TABLE audit_detail")
    run("DROP TABLE audit_entry")
    run("REVOKE USAGE ON SCHEMA public FROM ebelge_audit")
