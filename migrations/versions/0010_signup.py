"""Sign-up: texts in versions and who accepted them, applications, leads, packages chosen ahead."""

from alembic import op

revision = "0010_signup"
down_revision = "0009_company"
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE text_version (
    kind TEXT NOT NULL,
    version TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    draft BOOLEAN NOT NULL,
    title_tr TEXT NOT NULL,
    title_en TEXT NOT NULL,
    changes_tr TEXT NOT NULL,
    changes_en TEXT NOT NULL,
    body_tr TEXT NOT NULL,
    body_en TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    published_by TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT text_version_pkey PRIMARY KEY (kind, version),
    CONSTRAINT text_version_kind CHECK (kind IN ('contract', 'privacy', 'distance-selling', 'consent')),
    CONSTRAINT text_version_version_form CHECK (version ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'),
    CONSTRAINT text_version_sha256_length CHECK (octet_length(sha256) = 32)
)""",
    """ALTER TABLE text_version ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE text_version FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT ON text_version TO ebelge_app""",
    """CREATE POLICY text_version_app ON text_version TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON text_version TO ebelge_reader""",
    """CREATE POLICY text_version_reader ON text_version TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON text_version TO ebelge_finance""",
    """CREATE POLICY text_version_finance ON text_version TO ebelge_finance USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER text_version_append_only BEFORE UPDATE OR DELETE ON text_version FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER text_version_no_truncate BEFORE TRUNCATE ON text_version FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE text_acceptance (
    tenant_id UUID NOT NULL,
    acceptance_id UUID NOT NULL,
    person_id UUID NOT NULL,
    kind TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    given BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT text_acceptance_pkey PRIMARY KEY (tenant_id, acceptance_id),
    CONSTRAINT text_acceptance_kind CHECK (kind IN ('contract', 'privacy', 'distance-selling', 'consent')),
    CONSTRAINT text_acceptance_sha256_length CHECK (octet_length(sha256) = 32)
)""",
    """CREATE INDEX text_acceptance_newest ON text_acceptance (tenant_id, kind, acceptance_id)""",
    """ALTER TABLE text_acceptance ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE text_acceptance FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON text_acceptance TO ebelge_app""",
    """CREATE POLICY text_acceptance_app ON text_acceptance TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON text_acceptance TO ebelge_reader""",
    """CREATE POLICY text_acceptance_reader ON text_acceptance TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER text_acceptance_append_only BEFORE UPDATE OR DELETE ON text_acceptance FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER text_acceptance_no_truncate BEFORE TRUNCATE ON text_acceptance FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE application (
    tenant_id UUID NOT NULL,
    application_id UUID NOT NULL,
    sandbox_id UUID NOT NULL,
    state TEXT NOT NULL,
    person_id UUID NOT NULL,
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    services TEXT[] NOT NULL,
    product TEXT NOT NULL,
    invited_by UUID,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    asked TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by TEXT,
    reason TEXT,
    CONSTRAINT application_pkey PRIMARY KEY (tenant_id, application_id),
    CONSTRAINT application_state CHECK (state IN ('unconfirmed', 'waiting', 'asked', 'activated', 'refused', 'abandoned', 'replaced')),
    CONSTRAINT application_language CHECK (language IN ('tr', 'en')),
    CONSTRAINT application_decided_once CHECK ((state IN ('activated', 'refused')) = (decided_at IS NOT NULL))
)""",
    """CREATE INDEX application_newest ON application (application_id)""",
    """CREATE UNIQUE INDEX application_one_open ON application (tenant_id) WHERE state IN ('unconfirmed', 'waiting', 'asked')""",
    """ALTER TABLE application ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE application FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON application TO ebelge_app""",
    """CREATE POLICY application_app ON application TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON application TO ebelge_reader""",
    """CREATE POLICY application_reader ON application TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON application TO ebelge_reseller""",
    """CREATE POLICY application_reseller ON application TO ebelge_reseller USING (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid)) WITH CHECK (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid))""",
    """GRANT SELECT, UPDATE ON application TO ebelge_audit""",
    """CREATE POLICY application_audit ON application TO ebelge_audit USING (true) WITH CHECK (true)""",
    """CREATE TABLE lead (
    tenant_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    topic TEXT NOT NULL,
    full_name TEXT NOT NULL,
    company TEXT NOT NULL,
    vkn_tckn TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    city TEXT NOT NULL,
    documents_a_month INTEGER NOT NULL,
    product TEXT NOT NULL,
    services TEXT[] NOT NULL,
    message TEXT NOT NULL,
    may_call BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    address TEXT NOT NULL,
    form_sha256 BYTEA NOT NULL,
    owner_id UUID,
    owner_name TEXT DEFAULT '' NOT NULL,
    reseller_id UUID,
    next_on DATE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT lead_pkey PRIMARY KEY (tenant_id, lead_id),
    CONSTRAINT lead_state CHECK (state IN ('new', 'assigned', 'contacted', 'offered', 'won', 'lost', 'spam')),
    CONSTRAINT lead_source CHECK (source IN ('request', 'contact', 'sign_up')),
    CONSTRAINT lead_topic CHECK (topic IN ('product', 'sales', 'support', 'accounting', 'privacy', 'other', 'duplicate')),
    CONSTRAINT lead_language CHECK (language IN ('tr', 'en')),
    CONSTRAINT lead_form_sha256_length CHECK (octet_length(form_sha256) = 32),
    CONSTRAINT lead_documents_in_range CHECK (documents_a_month BETWEEN 0 AND 100000000)
)""",
    """CREATE UNIQUE INDEX lead_by_form ON lead (tenant_id, form_sha256)""",
    """CREATE INDEX lead_by_reseller ON lead (reseller_id, lead_id) WHERE reseller_id IS NOT NULL""",
    """ALTER TABLE lead ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE lead FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON lead TO ebelge_app""",
    """CREATE POLICY lead_app ON lead TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON lead TO ebelge_reader""",
    """CREATE POLICY lead_reader ON lead TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, UPDATE ON lead TO ebelge_reseller""",
    """CREATE POLICY lead_reseller ON lead TO ebelge_reseller USING (reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid) WITH CHECK (reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid)""",
    """GRANT SELECT, UPDATE ON lead TO ebelge_audit""",
    """CREATE POLICY lead_audit ON lead TO ebelge_audit USING (true) WITH CHECK (true)""",
    """CREATE TABLE lead_event (
    tenant_id UUID NOT NULL,
    lead_id UUID NOT NULL,
    event_id UUID NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT lead_event_pkey PRIMARY KEY (tenant_id, lead_id, event_id),
    CONSTRAINT lead_event_tenant_id_lead_id_fkey FOREIGN KEY(tenant_id, lead_id) REFERENCES lead (tenant_id, lead_id),
    CONSTRAINT lead_event_kind CHECK (kind IN ('made', 'state', 'assigned', 'next', 'note'))
)""",
    """ALTER TABLE lead_event ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE lead_event FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON lead_event TO ebelge_app""",
    """CREATE POLICY lead_event_app ON lead_event TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON lead_event TO ebelge_reader""",
    """CREATE POLICY lead_event_reader ON lead_event TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, INSERT ON lead_event TO ebelge_reseller""",
    """CREATE POLICY lead_event_reseller ON lead_event TO ebelge_reseller USING (lead_id IN (SELECT l.lead_id FROM lead l WHERE l.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid)) WITH CHECK (lead_id IN (SELECT l.lead_id FROM lead l WHERE l.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid))""",
    """CREATE TRIGGER lead_event_append_only BEFORE UPDATE OR DELETE ON lead_event FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER lead_event_no_truncate BEFORE TRUNCATE ON lead_event FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE order_proposal (
    tenant_id UUID NOT NULL,
    proposal_id UUID NOT NULL,
    package_code TEXT NOT NULL,
    version_id UUID NOT NULL,
    name_tr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kontor BIGINT NOT NULL,
    net_price_kurus BIGINT NOT NULL,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    order_id UUID,
    ended TEXT,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT order_proposal_pkey PRIMARY KEY (tenant_id, proposal_id),
    CONSTRAINT order_proposal_ended CHECK (ended IN ('ordered', 'dismissed', 'replaced')),
    CONSTRAINT order_proposal_ends_once CHECK ((ended IS NULL) = (ended_at IS NULL))
)""",
    """CREATE UNIQUE INDEX order_proposal_one_open ON order_proposal (tenant_id) WHERE ended IS NULL""",
    """ALTER TABLE order_proposal ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE order_proposal FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON order_proposal TO ebelge_app""",
    """CREATE POLICY order_proposal_app ON order_proposal TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON order_proposal TO ebelge_reader""",
    """CREATE POLICY order_proposal_reader ON order_proposal TO ebelge_reader USING (true) WITH CHECK (true)""",
)
FUNCTIONS = (
    """GRANT INSERT, UPDATE ON person TO ebelge_directory""",
    """GRANT SELECT, DELETE ON one_time_secret TO ebelge_directory""",
    """CREATE POLICY one_time_secret_directory ON one_time_secret TO ebelge_directory USING (true) WITH CHECK (true)""",
    """-- Whoever signs up, entered in the transaction that opens his account. The caller may not read people: it learns the
-- id, and whether the address was unknown ('made'), waits for its first confirmation ('renewed': name and password are
-- now the new ones, older links are void) or has a login ('known': nothing was changed).
CREATE OR REPLACE FUNCTION sign_up_person(
    p_person_id uuid, p_email text, p_full_name text, p_language text, p_password text, p_uniquifier text,
    p_at timestamptz
) RETURNS TABLE (person_id uuid, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_found person%ROWTYPE;
BEGIN
    INSERT INTO person AS p (person_id, email, full_name, language, state, password, password_changed_at,
                             fs_uniquifier, created_at)
    VALUES (p_person_id, p_email, p_full_name, p_language, 'active', p_password, p_at, p_uniquifier, p_at)
    ON CONFLICT (email) DO NOTHING RETURNING p.person_id INTO person_id;
    IF person_id IS NOT NULL THEN
        outcome := 'made';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT * INTO STRICT v_found FROM person p WHERE p.email = p_email FOR UPDATE;
    person_id := v_found.person_id;
    IF v_found.confirmed_at IS NOT NULL OR v_found.state <> 'active' THEN
        outcome := 'known';
    ELSE
        UPDATE person p SET full_name = p_full_name, language = p_language, password = p_password,
               password_changed_at = p_at, fs_uniquifier = p_uniquifier WHERE p.person_id = v_found.person_id;
        DELETE FROM one_time_secret s WHERE s.person_id = v_found.person_id;
        outcome := 'renewed';
    END IF;
    RETURN NEXT;
END
$$;""",
    """GRANT CREATE ON SCHEMA public TO ebelge_directory""",
    """ALTER FUNCTION sign_up_person(uuid, text, text, text, text, text, timestamptz) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION sign_up_person(uuid, text, text, text, text, text, timestamptz) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION sign_up_person(uuid, text, text, text, text, text, timestamptz) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION sign_up_person(uuid, text, text, text, text, text, timestamptz) TO ebelge_app""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_directory""",
)
NAMES = ("order_proposal", "lead_event", "lead", "application", "text_acceptance", "text_version")


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *FUNCTIONS):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION sign_up_person(uuid, text, text, text, text, text, timestamptz)")
    run("REVOKE INSERT, UPDATE ON person FROM ebelge_directory")
    run("DROP POLICY one_time_secret_directory ON one_time_secret")
    run("REVOKE ALL ON one_time_secret FROM ebelge_directory")
    for table in NAMES:
        run(f"DROP TABLE {table}")
