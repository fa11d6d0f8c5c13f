"""A tenant's own set-up: branches, mailboxes, activation, designs, settings."""

from alembic import op

revision = "0009_company"
down_revision = "0008_people"
branch_labels = None
depends_on = None

COLUMNS = (
    """ALTER TABLE tenant ADD COLUMN state_since TIMESTAMP WITH TIME ZONE""",
    """ALTER TABLE tenant ADD COLUMN state_reason TEXT""",
    # Never used: what a tenant sets has typed columns (company_settings).
    """ALTER TABLE service DROP COLUMN settings""",
    """ALTER TABLE service ADD COLUMN asked_at TIMESTAMP WITH TIME ZONE""",
    """ALTER TABLE service ADD COLUMN reference TEXT""",
)

TABLES = (
    """CREATE TABLE branch (
    tenant_id UUID NOT NULL,
    branch_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    street TEXT,
    district TEXT NOT NULL,
    city TEXT NOT NULL,
    postal_zone TEXT,
    phone TEXT,
    email TEXT,
    active BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT branch_pkey PRIMARY KEY (tenant_id, branch_id),
    CONSTRAINT branch_tenant_id_code_key UNIQUE (tenant_id, code),
    CONSTRAINT branch_code_form CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,19}$')
)""",
    """ALTER TABLE branch ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE branch FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON branch TO ebelge_app""",
    """CREATE POLICY branch_app ON branch TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON branch TO ebelge_reader""",
    """CREATE POLICY branch_reader ON branch TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE own_alias (
    tenant_id UUID NOT NULL,
    alias_id UUID NOT NULL,
    service TEXT NOT NULL,
    role TEXT NOT NULL,
    alias TEXT NOT NULL,
    state TEXT NOT NULL,
    valid_from DATE,
    valid_until DATE,
    reference TEXT DEFAULT '' NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT own_alias_pkey PRIMARY KEY (tenant_id, alias_id),
    CONSTRAINT own_alias_state CHECK (state IN ('asked', 'confirmed', 'closing', 'closed', 'refused')),
    CONSTRAINT own_alias_role CHECK (role IN ('GB', 'PK')),
    CONSTRAINT own_alias_alias_form CHECK (alias ~ '^urn:mail:[!-~]{3,246}$'),
    CONSTRAINT own_alias_confirmed_has_a_day CHECK (state NOT IN ('confirmed', 'closing') OR valid_from IS NOT NULL),
    CONSTRAINT own_alias_closed_has_a_day CHECK (state <> 'closed' OR valid_until IS NOT NULL)
)""",
    """CREATE UNIQUE INDEX own_alias_open ON own_alias (tenant_id, service, role, alias) WHERE state NOT IN ('closed', 'refused')""",
    """ALTER TABLE own_alias ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE own_alias FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON own_alias TO ebelge_app""",
    """CREATE POLICY own_alias_app ON own_alias TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON own_alias TO ebelge_reader""",
    """CREATE POLICY own_alias_reader ON own_alias TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON own_alias TO ebelge_reseller""",
    """CREATE POLICY own_alias_reseller ON own_alias TO ebelge_reseller USING (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid)) WITH CHECK (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid))""",
    """CREATE TABLE authorisation (
    tenant_id UUID NOT NULL,
    authorisation_id UUID NOT NULL,
    service TEXT NOT NULL,
    purpose TEXT NOT NULL,
    signed_on DATE NOT NULL,
    paper TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_on DATE,
    CONSTRAINT authorisation_pkey PRIMARY KEY (tenant_id, authorisation_id),
    CONSTRAINT authorisation_purpose CHECK (purpose IN ('seal', 'activation', 'petition'))
)""",
    """CREATE INDEX authorisation_of ON authorisation (tenant_id, service, purpose)""",
    """ALTER TABLE authorisation ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE authorisation FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON authorisation TO ebelge_app""",
    """CREATE POLICY authorisation_app ON authorisation TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON authorisation TO ebelge_reader""",
    """CREATE POLICY authorisation_reader ON authorisation TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON authorisation TO ebelge_reseller""",
    """CREATE POLICY authorisation_reseller ON authorisation TO ebelge_reseller USING (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid)) WITH CHECK (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid))""",
    """CREATE TABLE design (
    tenant_id UUID NOT NULL,
    design_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT design_pkey PRIMARY KEY (tenant_id, design_id),
    CONSTRAINT design_tenant_id_kind_name_key UNIQUE (tenant_id, kind, name),
    CONSTRAINT design_kind CHECK (kind IN ('efatura', 'earsiv', 'eirsaliye', 'emm'))
)""",
    """ALTER TABLE design ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE design FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON design TO ebelge_app""",
    """CREATE POLICY design_app ON design TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON design TO ebelge_reader""",
    """CREATE POLICY design_reader ON design TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE design_choice (
    tenant_id UUID NOT NULL,
    choice_id UUID NOT NULL,
    kind TEXT NOT NULL,
    design_id UUID NOT NULL,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT design_choice_pkey PRIMARY KEY (tenant_id, choice_id),
    CONSTRAINT design_choice_tenant_id_design_id_fkey FOREIGN KEY(tenant_id, design_id) REFERENCES design (tenant_id, design_id)
)""",
    """CREATE INDEX design_choice_of ON design_choice (tenant_id, kind, chosen_at)""",
    """ALTER TABLE design_choice ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE design_choice FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON design_choice TO ebelge_app""",
    """CREATE POLICY design_choice_app ON design_choice TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON design_choice TO ebelge_reader""",
    """CREATE POLICY design_choice_reader ON design_choice TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER design_choice_append_only BEFORE UPDATE OR DELETE ON design_choice FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER design_choice_no_truncate BEFORE TRUNCATE ON design_choice FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE design_version (
    tenant_id UUID NOT NULL,
    design_id UUID NOT NULL,
    version INTEGER NOT NULL,
    notes TEXT[] NOT NULL,
    iban TEXT,
    bank_name TEXT,
    logo BYTEA,
    logo_type TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT design_version_pkey PRIMARY KEY (tenant_id, design_id, version),
    CONSTRAINT design_version_tenant_id_design_id_fkey FOREIGN KEY(tenant_id, design_id) REFERENCES design (tenant_id, design_id),
    CONSTRAINT design_version_logo_type CHECK (logo_type IN ('image/png', 'image/jpeg')),
    CONSTRAINT design_version_logo_has_a_type CHECK ((logo IS NULL) = (logo_type IS NULL)),
    CONSTRAINT design_version_logo_size CHECK (octet_length(logo) <= 262144)
)""",
    """ALTER TABLE design_version ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE design_version FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON design_version TO ebelge_app""",
    """CREATE POLICY design_version_app ON design_version TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON design_version TO ebelge_reader""",
    """CREATE POLICY design_version_reader ON design_version TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER design_version_append_only BEFORE UPDATE OR DELETE ON design_version FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER design_version_no_truncate BEFORE TRUNCATE ON design_version FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE company_settings (
    tenant_id UUID NOT NULL,
    version INTEGER NOT NULL,
    default_scenario TEXT,
    mail_language TEXT,
    seal_warn_days INTEGER,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT company_settings_pkey PRIMARY KEY (tenant_id, version),
    CONSTRAINT company_settings_default_scenario CHECK (default_scenario IN ('TEMELFATURA', 'TICARIFATURA')),
    CONSTRAINT company_settings_mail_language CHECK (mail_language IN ('tr', 'en')),
    CONSTRAINT company_settings_seal_warn_days CHECK (seal_warn_days BETWEEN 1 AND 180)
)""",
    """ALTER TABLE company_settings ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE company_settings FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON company_settings TO ebelge_app""",
    """CREATE POLICY company_settings_app ON company_settings TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON company_settings TO ebelge_reader""",
    """CREATE POLICY company_settings_reader ON company_settings TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER company_settings_append_only BEFORE UPDATE OR DELETE ON company_settings FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER company_settings_no_truncate BEFORE TRUNCATE ON company_settings FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*COLUMNS, *TABLES):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for table in (
        "company_settings",
        "design_version",
        "design_choice",
        "design",
        "authorisation",
        "own_alias",
        "branch",
    ):
        run(f"DROP TABLE {table}")
    run("ALTER TABLE service DROP COLUMN reference")
    run("ALTER TABLE service DROP COLUMN asked_at")
    run("ALTER TABLE service ADD COLUMN settings JSONB DEFAULT '{}' NOT NULL")
    run("ALTER TABLE tenant DROP COLUMN state_reason")
    run("ALTER TABLE tenant DROP COLUMN state_since")
