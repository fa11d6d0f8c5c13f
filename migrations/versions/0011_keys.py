"""API keys with addresses and rotation; the sandbox of a tenant is found."""

from alembic import op

revision = "0011_keys"
down_revision = "0010_signup"
branch_labels = None
depends_on = None

COLUMNS = (
    "ADD COLUMN last_used_from TEXT",
    "ADD COLUMN created_by TEXT DEFAULT '' NOT NULL",
    "ADD COLUMN addresses TEXT[] DEFAULT '{}' NOT NULL",
    "ADD COLUMN rotated_at TIMESTAMP WITH TIME ZONE",
    "ADD COLUMN old_secret_sha256 BYTEA",
    "ADD COLUMN old_ends_at TIMESTAMP WITH TIME ZONE",
    "ADD COLUMN old_last_used_at TIMESTAMP WITH TIME ZONE",
    "ADD COLUMN old_last_used_from TEXT",
    "ADD CONSTRAINT api_key_old_secret_sha256_length CHECK (octet_length(old_secret_sha256) = 32)",
    "ADD CONSTRAINT api_key_old_secret_has_an_end CHECK ((old_secret_sha256 IS NULL) = (old_ends_at IS NULL))",
    "ADD CONSTRAINT api_key_addresses_are_few CHECK (cardinality(addresses) <= 20)",
)
INDEXES = (
    "CREATE INDEX api_key_of_tenant ON api_key (tenant_id, created_at)",
    "CREATE UNIQUE INDEX tenant_sandbox ON tenant (live_tenant_id) WHERE live_tenant_id IS NOT NULL",
)
KEY_OF = """-- What a bearer's key id stands for; the caller compares the secrets' hashes. Knows revoked keys too.
CREATE OR REPLACE FUNCTION api_key_of(p_key_id text)
RETURNS TABLE (tenant_id uuid, mode text, tenant_state text, name text, secret_sha256 bytea, old_secret_sha256 bytea,
               old_ends_at timestamptz, scopes text[], addresses text[], expires_at timestamptz,
               revoked_at timestamptz, last_used_at timestamptz, old_last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.tenant_id, t.mode, t.state, k.name, k.secret_sha256, k.old_secret_sha256, k.old_ends_at, k.scopes,
           k.addresses, k.expires_at, k.revoked_at, k.last_used_at, k.old_last_used_at
      FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id
     WHERE k.key_id = p_key_id
$$;"""
KEY_OF_BEFORE = """-- What a bearer's key id stands for; the caller compares the secret's hash. Knows revoked keys too.
CREATE OR REPLACE FUNCTION api_key_of(p_key_id text)
RETURNS TABLE (tenant_id uuid, mode text, tenant_state text, secret_sha256 bytea, scopes text[],
               expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.tenant_id, t.mode, t.state, k.secret_sha256, k.scopes, k.expires_at, k.revoked_at, k.last_used_at
      FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id
     WHERE k.key_id = p_key_id
$$;"""
SANDBOX_OF = """-- The sandbox of the session's own tenant, and nobody else's.
CREATE OR REPLACE FUNCTION sandbox_of(p_tenant uuid)
RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id
      FROM tenant t
     WHERE t.live_tenant_id = p_tenant
       AND p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;"""


def _owned(function: str) -> tuple[str, ...]:
    return (
        "GRANT CREATE ON SCHEMA public TO ebelge_directory",
        f"ALTER FUNCTION {function} OWNER TO ebelge_directory",
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {function} TO ebelge_directory",
        f"GRANT EXECUTE ON FUNCTION {function} TO ebelge_app",
        "REVOKE CREATE ON SCHEMA public FROM ebelge_directory",
    )


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run(f"ALTER TABLE api_key {', '.join(COLUMNS)}")
    for statement in INDEXES:
        run(statement)
    run("DROP FUNCTION api_key_of(text)")
    for statement in (KEY_OF, *_owned("api_key_of(text)"), SANDBOX_OF, *_owned("sandbox_of(uuid)")):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION sandbox_of(uuid)")
    run("DROP FUNCTION api_key_of(text)")
    for statement in (KEY_OF_BEFORE, *_owned("api_key_of(text)")):
        run(statement)
    run("DROP INDEX tenant_sandbox")
    run("DROP INDEX api_key_of_tenant")
    added = [column.split()[2] for column in COLUMNS if column.startswith("ADD COLUMN")]
    run("ALTER TABLE api_key " + ", ".join(f"DROP COLUMN {name}" for name in added))
