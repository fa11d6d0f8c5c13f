"""People, their factors and sessions, and what bounds guessing."""

from alembic import op

revision = "0008_people"
down_revision = "0007_reseller_role"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE person (
    person_id UUID NOT NULL,
    email TEXT NOT NULL,
    full_name TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    password TEXT,
    password_changed_at TIMESTAMP WITH TIME ZONE,
    fs_uniquifier TEXT NOT NULL,
    closed_totp BYTEA,
    totp_counter BIGINT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT person_pkey PRIMARY KEY (person_id),
    CONSTRAINT person_email_key UNIQUE (email),
    CONSTRAINT person_fs_uniquifier_key UNIQUE (fs_uniquifier),
    CONSTRAINT person_email_form CHECK (email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND email = lower(email)),
    CONSTRAINT person_language CHECK (language IN ('tr', 'en')),
    CONSTRAINT person_state CHECK (state IN ('active', 'disabled', 'anonymised'))
)""",
    """ALTER TABLE person ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE person FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON person TO ebelge_people""",
    """CREATE POLICY person_people ON person TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON person TO ebelge_directory""",
    """CREATE POLICY person_directory ON person TO ebelge_directory USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON person TO ebelge_reader""",
    """CREATE POLICY person_reader ON person TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE recovery_code (
    person_id UUID NOT NULL,
    code_sha256 BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (person_id, code_sha256),
    CONSTRAINT recovery_code_person_id_fkey FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT recovery_code_code_sha256_length CHECK (octet_length(code_sha256) = 32)
)""",
    """ALTER TABLE recovery_code ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE recovery_code FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO ebelge_people""",
    """CREATE POLICY recovery_code_people ON recovery_code TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON recovery_code TO ebelge_reader""",
    """CREATE POLICY recovery_code_reader ON recovery_code TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE passkey (
    passkey_id UUID NOT NULL,
    person_id UUID NOT NULL,
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT NOT NULL,
    transports TEXT[] DEFAULT '{}' NOT NULL,
    backed_up BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT passkey_pkey PRIMARY KEY (passkey_id),
    CONSTRAINT passkey_credential_id_key UNIQUE (credential_id),
    CONSTRAINT passkey_person_id_fkey FOREIGN KEY(person_id) REFERENCES person (person_id)
)""",
    """CREATE INDEX passkey_by_person ON passkey (person_id)""",
    """ALTER TABLE passkey ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE passkey FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON passkey TO ebelge_people""",
    """CREATE POLICY passkey_people ON passkey TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON passkey TO ebelge_reader""",
    """CREATE POLICY passkey_reader ON passkey TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE person_identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT person_identity_pkey PRIMARY KEY (issuer, subject),
    CONSTRAINT person_identity_person_id_fkey FOREIGN KEY(person_id) REFERENCES person (person_id)
)""",
    """CREATE INDEX person_identity_by_person ON person_identity (person_id)""",
    """ALTER TABLE person_identity ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE person_identity FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON person_identity TO ebelge_people""",
    """CREATE POLICY person_identity_people ON person_identity TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON person_identity TO ebelge_reader""",
    """CREATE POLICY person_identity_reader ON person_identity TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE person_session (
    session_id UUID NOT NULL,
    token_sha256 BYTEA NOT NULL,
    person_id UUID NOT NULL,
    tenant_id UUID,
    method TEXT NOT NULL,
    waits_for_factor BOOLEAN NOT NULL,
    second_factor BOOLEAN NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT person_session_pkey PRIMARY KEY (session_id),
    CONSTRAINT person_session_token_sha256_key UNIQUE (token_sha256),
    CONSTRAINT person_session_person_id_fkey FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT person_session_token_sha256_length CHECK (octet_length(token_sha256) = 32),
    CONSTRAINT person_session_waits_or_has_it CHECK (NOT (waits_for_factor AND second_factor))
)""",
    """CREATE INDEX person_session_by_age ON person_session (created_at)""",
    """CREATE INDEX person_session_by_person ON person_session (person_id) WHERE ended_at IS NULL""",
    """ALTER TABLE person_session ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE person_session FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON person_session TO ebelge_people""",
    """CREATE POLICY person_session_people ON person_session TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON person_session TO ebelge_reader""",
    """CREATE POLICY person_session_reader ON person_session TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE one_time_secret (
    secret_sha256 BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    person_id UUID,
    note TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT one_time_secret_pkey PRIMARY KEY (secret_sha256),
    CONSTRAINT one_time_secret_person_id_fkey FOREIGN KEY(person_id) REFERENCES person (person_id),
    CONSTRAINT one_time_secret_secret_sha256_length CHECK (octet_length(secret_sha256) = 32)
)""",
    """CREATE INDEX one_time_secret_by_end ON one_time_secret (expires_at)""",
    """CREATE INDEX one_time_secret_by_person ON one_time_secret (person_id, purpose)""",
    """ALTER TABLE one_time_secret ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE one_time_secret FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON one_time_secret TO ebelge_people""",
    """CREATE POLICY one_time_secret_people ON one_time_secret TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON one_time_secret TO ebelge_reader""",
    """CREATE POLICY one_time_secret_reader ON one_time_secret TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE sign_in_failure (
    kind TEXT NOT NULL,
    subject_sha256 BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT sign_in_failure_pkey PRIMARY KEY (kind, subject_sha256),
    CONSTRAINT sign_in_failure_subject_sha256_length CHECK (octet_length(subject_sha256) = 32)
)""",
    """CREATE INDEX sign_in_failure_by_age ON sign_in_failure (last_at)""",
    """ALTER TABLE sign_in_failure ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE sign_in_failure FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failure TO ebelge_people""",
    """CREATE POLICY sign_in_failure_people ON sign_in_failure TO ebelge_people USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON sign_in_failure TO ebelge_reader""",
    """CREATE POLICY sign_in_failure_reader ON sign_in_failure TO ebelge_reader USING (true) WITH CHECK (true)""",
    """-- What others may know of people by id: address, name, language, state. Nothing that proves who somebody is.
CREATE OR REPLACE FUNCTION people_named(p_people uuid[])
RETURNS TABLE (person_id uuid, email text, full_name text, language text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT p.person_id, p.email, p.full_name, p.language, p.state FROM person p WHERE p.person_id = ANY(p_people)
$$""",
    """GRANT CREATE ON SCHEMA public TO ebelge_directory""",
    """ALTER FUNCTION people_named(uuid[]) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION people_named(uuid[]) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION people_named(uuid[]) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION people_named(uuid[]) TO ebelge_app""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_directory""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION people_named(uuid[])")
    for table in (
        "sign_in_failure",
        "one_time_secret",
        "person_session",
        "person_identity",
        "passkey",
        "recovery_code",
        "person",
    ):
        run(f"DROP TABLE {table}")
