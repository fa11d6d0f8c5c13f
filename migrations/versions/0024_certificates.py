"""What is known of certificates, logins to tokens, seals in trouble and planned; days of archives that were stamped."""

from alembic import op

revision = "0024_certificates"
down_revision = "0023_designs"
branch_labels = None
depends_on = None

STATEMENTS = (
    """ALTER TABLE seal ADD COLUMN signs_from TIMESTAMP WITH TIME ZONE""",
    """CREATE TABLE certificate_status (
    certificate_sha256 BYTEA NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    next_update TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    ocsp BYTEA,
    crl_urls TEXT[] NOT NULL,
    CONSTRAINT certificate_status_pkey PRIMARY KEY (certificate_sha256),
    CONSTRAINT certificate_status_state CHECK (state IN ('good', 'revoked', 'unknown', 'undeclared'))
)""",
    """ALTER TABLE certificate_status ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE certificate_status FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON certificate_status TO ebelge_app""",
    """CREATE POLICY certificate_status_app ON certificate_status TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON certificate_status TO ebelge_reader""",
    """CREATE POLICY certificate_status_reader ON certificate_status TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE revocation_list (
    url TEXT NOT NULL,
    der BYTEA NOT NULL,
    fetched_at TIMESTAMP WITH TIME ZONE NOT NULL,
    next_update TIMESTAMP WITH TIME ZONE,
    CONSTRAINT revocation_list_pkey PRIMARY KEY (url)
)""",
    """ALTER TABLE revocation_list ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE revocation_list FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON revocation_list TO ebelge_app""",
    """CREATE POLICY revocation_list_app ON revocation_list TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON revocation_list TO ebelge_reader""",
    """CREATE POLICY revocation_list_reader ON revocation_list TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE token_login (
    token_label TEXT NOT NULL,
    state TEXT NOT NULL,
    pin_mark BYTEA NOT NULL,
    tried_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT token_login_pkey PRIMARY KEY (token_label),
    CONSTRAINT token_login_state CHECK (state IN ('trying', 'free', 'refused'))
)""",
    """ALTER TABLE token_login ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE token_login FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON token_login TO ebelge_app""",
    """CREATE POLICY token_login_app ON token_login TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON token_login TO ebelge_reader""",
    """CREATE POLICY token_login_reader ON token_login TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE seal_trouble (
    owner_id UUID NOT NULL,
    code TEXT NOT NULL,
    text_tr TEXT NOT NULL,
    text_en TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT seal_trouble_pkey PRIMARY KEY (owner_id)
)""",
    """ALTER TABLE seal_trouble ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE seal_trouble FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON seal_trouble TO ebelge_app""",
    """CREATE POLICY seal_trouble_app ON seal_trouble TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON seal_trouble TO ebelge_reader""",
    """CREATE POLICY seal_trouble_reader ON seal_trouble TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE stamped_day (
    tenant_id UUID NOT NULL,
    day DATE NOT NULL,
    object_id UUID NOT NULL,
    files BIGINT NOT NULL,
    manifest TEXT NOT NULL,
    manifest_sha256 BYTEA NOT NULL,
    stamped_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT stamped_day_pkey PRIMARY KEY (tenant_id, day)
)""",
    """CREATE INDEX stamped_day_open ON stamped_day (day) WHERE stamped_at IS NULL""",
    """ALTER TABLE stamped_day ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE stamped_day FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON stamped_day TO ebelge_app""",
    """CREATE POLICY stamped_day_app ON stamped_day TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON stamped_day TO ebelge_reader""",
    """CREATE POLICY stamped_day_reader ON stamped_day TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE day_stamp (
    tenant_id UUID NOT NULL,
    day DATE NOT NULL,
    number BIGINT NOT NULL,
    manifest TEXT NOT NULL,
    digest TEXT NOT NULL,
    token_sha256 BYTEA NOT NULL,
    stamped_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signer_ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT day_stamp_pkey PRIMARY KEY (tenant_id, day, number)
)""",
    """CREATE INDEX day_stamp_ends ON day_stamp (signer_ends_at)""",
    """ALTER TABLE day_stamp ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE day_stamp FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON day_stamp TO ebelge_app""",
    """CREATE POLICY day_stamp_app ON day_stamp TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON day_stamp TO ebelge_reader""",
    """CREATE POLICY day_stamp_reader ON day_stamp TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER day_stamp_append_only BEFORE UPDATE OR DELETE ON day_stamp FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER day_stamp_no_truncate BEFORE TRUNCATE ON day_stamp FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
)
TABLES = ("day_stamp", "stamped_day", "seal_trouble", "token_login", "revocation_list", "certificate_status")


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        run(f"DROP TABLE {table}")
    run("ALTER TABLE seal DROP COLUMN signs_from")
