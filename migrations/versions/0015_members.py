"""Who is a member of which tenant, in which role; invitations."""

from alembic import op

revision = "0015_members"
down_revision = "0014_pace"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE membership (
    tenant_id UUID NOT NULL,
    person_id UUID NOT NULL,
    role TEXT NOT NULL,
    branch_ids UUID[] DEFAULT '{}' NOT NULL,
    series_prefixes TEXT[] DEFAULT '{}' NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT membership_pkey PRIMARY KEY (tenant_id, person_id),
    CONSTRAINT membership_role CHECK (role IN ('owner', 'accountant', 'sender', 'viewer', 'reseller_admin', 'reseller_staff', 'operator_admin', 'finance', 'support')),
    CONSTRAINT membership_narrowed_where_it_may_be CHECK (role IN ('accountant', 'sender', 'viewer') OR (branch_ids = '{}' AND series_prefixes = '{}'))
)""",
    """CREATE INDEX membership_by_person ON membership (person_id) WHERE ended_at IS NULL""",
    """ALTER TABLE membership ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE membership FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON membership TO ebelge_app""",
    """CREATE POLICY membership_app ON membership TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON membership TO ebelge_directory""",
    """CREATE POLICY membership_directory ON membership TO ebelge_directory USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON membership TO ebelge_reader""",
    """CREATE POLICY membership_reader ON membership TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE invitation (
    tenant_id UUID NOT NULL,
    invitation_id UUID NOT NULL,
    email TEXT NOT NULL,
    full_name TEXT DEFAULT '' NOT NULL,
    language TEXT NOT NULL,
    role TEXT NOT NULL,
    branch_ids UUID[] DEFAULT '{}' NOT NULL,
    series_prefixes TEXT[] DEFAULT '{}' NOT NULL,
    token_sha256 BYTEA NOT NULL,
    sent_count INTEGER DEFAULT 1 NOT NULL,
    invited_by TEXT NOT NULL,
    invited_by_name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    accepted_by UUID,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, invitation_id),
    CONSTRAINT invitation_role CHECK (role IN ('owner', 'accountant', 'sender', 'viewer', 'reseller_admin', 'reseller_staff', 'operator_admin', 'finance', 'support')),
    CONSTRAINT invitation_narrowed_where_it_may_be CHECK (role IN ('accountant', 'sender', 'viewer') OR (branch_ids = '{}' AND series_prefixes = '{}')),
    CONSTRAINT invitation_token_sha256_length CHECK (octet_length(token_sha256) = 32),
    CONSTRAINT invitation_accepted_by_somebody CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CONSTRAINT invitation_has_one_end CHECK (accepted_at IS NULL OR revoked_at IS NULL)
)""",
    """CREATE UNIQUE INDEX invitation_open ON invitation (tenant_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL""",
    """ALTER TABLE invitation ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE invitation FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON invitation TO ebelge_app""",
    """CREATE POLICY invitation_app ON invitation TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON invitation TO ebelge_reader""",
    """CREATE POLICY invitation_reader ON invitation TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON passkey TO ebelge_directory""",
    """CREATE POLICY passkey_directory ON passkey TO ebelge_directory USING (true) WITH CHECK (true)""",
    """-- Where a person is a member, asked by that person's own session only; anybody else gets none. A company's sandbox
-- goes with the company: whoever is a member of the one is a member of the other. Ended memberships are not told.
CREATE OR REPLACE FUNCTION memberships_of(p_person uuid)
RETURNS TABLE (tenant_id uuid, kind text, mode text, state text, vkn_tckn text, title text, role text,
               branch_ids uuid[], series_prefixes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH mine AS (
        SELECT m.tenant_id, m.role, m.branch_ids, m.series_prefixes FROM membership m
         WHERE m.person_id = p_person AND m.ended_at IS NULL
           AND p_person = nullif(current_setting('app.person_id', true), '')::uuid
    )
    SELECT t.tenant_id, t.kind, t.mode, t.state, t.vkn_tckn, t.title, m.role, m.branch_ids, m.series_prefixes
      FROM mine m JOIN tenant t ON t.tenant_id = m.tenant_id
     UNION ALL
    SELECT t.tenant_id, t.kind, t.mode, t.state, t.vkn_tckn, t.title, m.role, m.branch_ids, m.series_prefixes
      FROM mine m JOIN tenant t ON t.live_tenant_id = m.tenant_id
     ORDER BY title, mode, tenant_id
$$""",
    """-- The members of the session's own tenant, past ones too (their deeds keep a name); of another tenant: none. Of what
-- proves who they are only whether there is a second factor.
CREATE OR REPLACE FUNCTION members_of(p_tenant uuid)
RETURNS TABLE (person_id uuid, email text, full_name text, language text, second_factor boolean, role text,
               branch_ids uuid[], series_prefixes text[], joined_at timestamptz, changed_at timestamptz,
               ended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT m.person_id, p.email, p.full_name, p.language,
           p.closed_totp IS NOT NULL OR EXISTS (SELECT FROM passkey k WHERE k.person_id = m.person_id),
           m.role, m.branch_ids, m.series_prefixes, m.joined_at, m.changed_at, m.ended_at
      FROM membership m JOIN person p ON p.person_id = m.person_id
     WHERE m.tenant_id = p_tenant AND p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
     ORDER BY m.joined_at, m.person_id
$$""",
    """GRANT CREATE ON SCHEMA public TO ebelge_directory""",
    """ALTER FUNCTION memberships_of(uuid) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION memberships_of(uuid) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION memberships_of(uuid) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION memberships_of(uuid) TO ebelge_app""",
    """ALTER FUNCTION members_of(uuid) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION members_of(uuid) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION members_of(uuid) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION members_of(uuid) TO ebelge_app""",
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
    for name in ("memberships_of(uuid)", "members_of(uuid)"):
        run(f"DROP FUNCTION {name}")
    run("DROP POLICY passkey_directory ON passkey")
    run("REVOKE ALL ON passkey FROM ebelge_directory")
    for table in ("invitation", "membership"):
        run(f"DROP TABLE {table}")
