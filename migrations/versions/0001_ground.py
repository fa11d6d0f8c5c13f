"""Tenants, API keys, locator, seals and outbox, isolated from the first row."""

from alembic import op

revision = "0001_ground"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """GRANT USAGE ON SCHEMA public TO ebelge_app, ebelge_directory, ebelge_ledger, ebelge_relay, ebelge_reader""",
    """CREATE TABLE tenant (
    tenant_id UUID NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    live_tenant_id UUID,
    reseller_id UUID,
    state TEXT NOT NULL,
    vkn_tckn TEXT NOT NULL,
    title TEXT NOT NULL,
    first_name TEXT,
    family_name TEXT,
    tax_office TEXT,
    street TEXT,
    district TEXT NOT NULL,
    city TEXT NOT NULL,
    postal_zone TEXT,
    country TEXT DEFAULT 'Türkiye' NOT NULL,
    email TEXT,
    phone TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenant_kind CHECK (kind IN ('customer', 'reseller', 'pool', 'operator')),
    CONSTRAINT tenant_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT tenant_state CHECK (state IN ('applied', 'active', 'suspended', 'closing', 'closed')),
    CONSTRAINT tenant_vkn_tckn_form CHECK (vkn_tckn ~ '^[0-9]{10,11}$'),
    CONSTRAINT tenant_sandbox_names_its_live_tenant CHECK ((mode = 'test') = (live_tenant_id IS NOT NULL)),
    CONSTRAINT tenant_tenant_id_mode_key UNIQUE (tenant_id, mode)
)""",
    """CREATE UNIQUE INDEX tenant_operator_per_mode ON tenant (mode) WHERE kind = 'operator'""",
    """CREATE UNIQUE INDEX tenant_vkn_per_mode ON tenant (mode, vkn_tckn) WHERE kind <> 'pool'""",
    """ALTER TABLE tenant ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE tenant FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON tenant TO ebelge_app""",
    """CREATE POLICY tenant_app ON tenant TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON tenant TO ebelge_directory""",
    """CREATE POLICY tenant_directory ON tenant TO ebelge_directory USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON tenant TO ebelge_reader""",
    """CREATE POLICY tenant_reader ON tenant TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE api_key (
    key_id TEXT NOT NULL,
    tenant_id UUID NOT NULL,
    name TEXT NOT NULL,
    secret_sha256 BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_key_pkey PRIMARY KEY (key_id),
    CONSTRAINT api_key_secret_sha256_length CHECK (octet_length(secret_sha256) = 32)
)""",
    """ALTER TABLE api_key ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE api_key FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON api_key TO ebelge_app""",
    """CREATE POLICY api_key_app ON api_key TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON api_key TO ebelge_directory""",
    """CREATE POLICY api_key_directory ON api_key TO ebelge_directory USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON api_key TO ebelge_reader""",
    """CREATE POLICY api_key_reader ON api_key TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE locator (
    kind TEXT NOT NULL,
    key_sha256 BYTEA NOT NULL,
    tenant_id UUID NOT NULL,
    object_id UUID NOT NULL,
    CONSTRAINT locator_pkey PRIMARY KEY (kind, key_sha256),
    CONSTRAINT locator_key_sha256_length CHECK (octet_length(key_sha256) = 32)
)""",
    """ALTER TABLE locator ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE locator FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON locator TO ebelge_app""",
    """CREATE POLICY locator_app ON locator TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON locator TO ebelge_directory""",
    """CREATE POLICY locator_directory ON locator TO ebelge_directory USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON locator TO ebelge_reader""",
    """CREATE POLICY locator_reader ON locator TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE service (
    tenant_id UUID NOT NULL,
    service TEXT NOT NULL,
    state TEXT NOT NULL,
    active_from DATE,
    active_until DATE,
    seal_mode TEXT NOT NULL,
    sender_alias TEXT,
    settings JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT service_pkey PRIMARY KEY (tenant_id, service),
    CONSTRAINT service_state CHECK (state IN ('not_wanted', 'checklist', 'authorised', 'asked_at_gib', 'active', 'closing', 'closed')),
    CONSTRAINT service_seal_mode CHECK (seal_mode IN ('operator', 'own_hsm', 'pkcs12')),
    CONSTRAINT service_active_has_a_day CHECK (state <> 'active' OR active_from IS NOT NULL)
)""",
    """ALTER TABLE service ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE service FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON service TO ebelge_app""",
    """CREATE POLICY service_app ON service TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON service TO ebelge_reader""",
    """CREATE POLICY service_reader ON service TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE seal (
    tenant_id UUID NOT NULL,
    seal_id UUID NOT NULL,
    storage TEXT NOT NULL,
    mode TEXT NOT NULL,
    certificate_der BYTEA NOT NULL,
    certificate_sha256 BYTEA NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    token_label TEXT,
    key_label TEXT,
    closed_pkcs12 BYTEA,
    active BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT seal_pkey PRIMARY KEY (tenant_id, seal_id),
    CONSTRAINT seal_storage CHECK (storage IN ('pkcs11', 'pkcs12')),
    CONSTRAINT seal_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT seal_pkcs12_is_kept CHECK ((storage = 'pkcs12') = (closed_pkcs12 IS NOT NULL)),
    CONSTRAINT seal_pkcs11_names_a_token CHECK ((storage = 'pkcs11') = (token_label IS NOT NULL)),
    CONSTRAINT seal_tenant_id_certificate_sha256_key UNIQUE (tenant_id, certificate_sha256),
    CONSTRAINT seal_tenant_id_mode_fkey FOREIGN KEY(tenant_id, mode) REFERENCES tenant (tenant_id, mode)
)""",
    """ALTER TABLE seal ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE seal FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON seal TO ebelge_app""",
    """CREATE POLICY seal_app ON seal TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON seal TO ebelge_reader""",
    """CREATE POLICY seal_reader ON seal TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE outbox_message (
    tenant_id UUID NOT NULL,
    message_id UUID NOT NULL,
    queue TEXT NOT NULL,
    topic TEXT NOT NULL,
    key UUID NOT NULL,
    payload JSONB DEFAULT '{}' NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER DEFAULT 0 NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT outbox_message_pkey PRIMARY KEY (tenant_id, message_id),
    CONSTRAINT outbox_message_state CHECK (state IN ('scheduled', 'waiting', 'claimed', 'done', 'dead')),
    CONSTRAINT outbox_message_claimed_has_a_lease CHECK ((state = 'claimed') = (lease_until IS NOT NULL))
)
 WITH (fillfactor = 70)""",
    """CREATE INDEX outbox_message_dead ON outbox_message (tenant_id, message_id) WHERE state = 'dead'""",
    """CREATE INDEX outbox_message_key ON outbox_message (tenant_id, key)""",
    """CREATE INDEX outbox_message_leased ON outbox_message (lease_until) WHERE state = 'claimed'""",
    """CREATE INDEX outbox_message_scheduled ON outbox_message (due_at) WHERE state = 'scheduled'""",
    """CREATE INDEX outbox_message_waiting ON outbox_message (queue, tenant_id, message_id) WHERE state = 'waiting'""",
    """ALTER TABLE outbox_message ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE outbox_message FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON outbox_message TO ebelge_app""",
    """CREATE POLICY outbox_message_app ON outbox_message TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON outbox_message TO ebelge_reader""",
    """CREATE POLICY outbox_message_reader ON outbox_message TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, UPDATE, DELETE ON outbox_message TO ebelge_relay""",
    """CREATE POLICY outbox_message_relay ON outbox_message TO ebelge_relay USING (true) WITH CHECK (true)""",
)

FUNCTIONS = (
    """-- Find what is unique across tenants, by exact key only: there is no listing. Runs as the role ebelge_directory.
CREATE OR REPLACE FUNCTION locate(p_kind text, p_key_sha256 bytea)
RETURNS TABLE (tenant_id uuid, object_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT l.tenant_id, l.object_id FROM locator l WHERE l.kind = p_kind AND l.key_sha256 = p_key_sha256 $$;

-- What a bearer's key id stands for; the caller compares the secret's hash. Knows revoked keys too.
CREATE OR REPLACE FUNCTION api_key_of(p_key_id text)
RETURNS TABLE (tenant_id uuid, mode text, tenant_state text, secret_sha256 bytea, scopes text[],
               expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.tenant_id, t.mode, t.state, k.secret_sha256, k.scopes, k.expires_at, k.revoked_at, k.last_used_at
      FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id
     WHERE k.key_id = p_key_id
$$;

-- Every tenant, its kind and mode, for the operator's own jobs (sweepers visit tenants one by one).
CREATE OR REPLACE FUNCTION tenant_ids()
RETURNS TABLE (tenant_id uuid, kind text, mode text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT t.tenant_id, t.kind, t.mode FROM tenant t ORDER BY t.tenant_id $$;

-- Who the operator of a mode is, as every document sealed by it names it in public. No other tenant is shown.
CREATE OR REPLACE FUNCTION operator_of(p_mode text)
RETURNS TABLE (tenant_id uuid, vkn_tckn text, title text, district text, city text, country text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id, t.vkn_tckn, t.title, t.district, t.city, t.country
      FROM tenant t WHERE t.kind = 'operator' AND t.mode = p_mode
$$;""",
)

OWNERS = (
    """GRANT CREATE ON SCHEMA public TO ebelge_directory""",
    """ALTER FUNCTION locate(text, bytea) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION locate(text, bytea) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION locate(text, bytea) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION locate(text, bytea) TO ebelge_app""",
    """ALTER FUNCTION api_key_of(text) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION api_key_of(text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION api_key_of(text) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION api_key_of(text) TO ebelge_app""",
    """ALTER FUNCTION tenant_ids() OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION tenant_ids() FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION tenant_ids() TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION tenant_ids() TO ebelge_app""",
    """GRANT EXECUTE ON FUNCTION tenant_ids() TO ebelge_relay""",
    """ALTER FUNCTION operator_of(text) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION operator_of(text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION operator_of(text) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION operator_of(text) TO ebelge_app""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_directory""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        run(statement)
    for statement in FUNCTIONS:
        run(statement)
    for statement in OWNERS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION operator_of(text)")
    run("DROP FUNCTION tenant_ids()")
    run("DROP FUNCTION api_key_of(text)")
    run("DROP FUNCTION locate(text, bytea)")
    run("DROP TABLE outbox_message")
    run("DROP TABLE seal")
    run("DROP TABLE service")
    run("DROP TABLE locator")
    run("DROP TABLE api_key")
    run("DROP TABLE tenant")
    run("REVOKE USAGE ON SCHEMA public FROM ebelge_app, ebelge_directory, ebelge_ledger, ebelge_relay, ebelge_reader")
