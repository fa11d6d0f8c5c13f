"""Consent to be acted for, change of reseller, sheets of customers; until when a customer's kontör lasts, for its reseller."""

from alembic import op

revision = "0016_resellers"
down_revision = "0015_members"
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE acting_consent (
    tenant_id UUID NOT NULL,
    consent_id UUID NOT NULL,
    acting_tenant_id UUID NOT NULL,
    acting_title TEXT NOT NULL,
    person_id UUID NOT NULL,
    person_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    hours SMALLINT NOT NULL,
    rights TEXT[] NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_by TEXT,
    answered_at TIMESTAMP WITH TIME ZONE,
    given_rights TEXT[] DEFAULT '{}' NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT,
    CONSTRAINT acting_consent_pkey PRIMARY KEY (tenant_id, consent_id),
    CONSTRAINT acting_consent_state CHECK (state IN ('asked', 'given', 'refused', 'ended')),
    CONSTRAINT acting_consent_hours CHECK (hours BETWEEN 1 AND 168),
    CONSTRAINT acting_consent_answer_has_a_time CHECK (state NOT IN ('given', 'refused') OR answered_at IS NOT NULL),
    CONSTRAINT acting_consent_given_has_an_end CHECK (state <> 'given' OR expires_at IS NOT NULL),
    CONSTRAINT acting_consent_a_week_at_most CHECK (expires_at <= answered_at + interval '7 days'),
    CONSTRAINT acting_consent_ended_has_a_time CHECK ((state = 'ended') = (ended_at IS NOT NULL))
)""",
    """CREATE INDEX acting_consent_newest ON acting_consent (tenant_id, asked_at)""",
    """ALTER TABLE acting_consent ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE acting_consent FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON acting_consent TO ebelge_app""",
    """CREATE POLICY acting_consent_app ON acting_consent TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON acting_consent TO ebelge_reader""",
    """CREATE POLICY acting_consent_reader ON acting_consent TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE acting_link (
    tenant_id UUID NOT NULL,
    link_id UUID NOT NULL,
    consent_id UUID NOT NULL,
    email TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT acting_link_pkey PRIMARY KEY (tenant_id, link_id)
)""",
    """ALTER TABLE acting_link ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE acting_link FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON acting_link TO ebelge_app""",
    """CREATE POLICY acting_link_app ON acting_link TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON acting_link TO ebelge_reader""",
    """CREATE POLICY acting_link_reader ON acting_link TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE acting_session (
    tenant_id UUID NOT NULL,
    acting_id UUID NOT NULL,
    consent_id UUID NOT NULL,
    person_id UUID NOT NULL,
    session_id UUID NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT acting_session_pkey PRIMARY KEY (tenant_id, acting_id)
)""",
    """CREATE INDEX acting_session_of_consent ON acting_session (tenant_id, consent_id)""",
    """CREATE UNIQUE INDEX acting_session_one ON acting_session (tenant_id, session_id) WHERE ended_at IS NULL""",
    """ALTER TABLE acting_session ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE acting_session FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON acting_session TO ebelge_app""",
    """CREATE POLICY acting_session_app ON acting_session TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON acting_session TO ebelge_reader""",
    """CREATE POLICY acting_session_reader ON acting_session TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE reseller_change (
    tenant_id UUID NOT NULL,
    change_id UUID NOT NULL,
    old_reseller_id UUID,
    old_title TEXT,
    new_reseller_id UUID,
    new_title TEXT,
    state TEXT NOT NULL,
    asked_side TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    wanted_on DATE NOT NULL,
    effective_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT reseller_change_pkey PRIMARY KEY (tenant_id, change_id),
    CONSTRAINT reseller_change_state CHECK (state IN ('asked', 'agreed', 'refused', 'withdrawn', 'moved', 'done')),
    CONSTRAINT reseller_change_asked_side CHECK (asked_side IN ('customer', 'old', 'new', 'operator')),
    CONSTRAINT reseller_change_changes_something CHECK (old_reseller_id IS DISTINCT FROM new_reseller_id),
    CONSTRAINT reseller_change_agreed_has_a_day CHECK (state NOT IN ('agreed', 'moved', 'done') OR effective_at IS NOT NULL),
    CONSTRAINT reseller_change_ended_has_a_time CHECK ((state IN ('asked', 'agreed')) = (ended_at IS NULL))
)""",
    """CREATE UNIQUE INDEX reseller_change_open ON reseller_change (tenant_id) WHERE state IN ('asked', 'agreed')""",
    """ALTER TABLE reseller_change ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE reseller_change FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON reseller_change TO ebelge_app""",
    """CREATE POLICY reseller_change_app ON reseller_change TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON reseller_change TO ebelge_reader""",
    """CREATE POLICY reseller_change_reader ON reseller_change TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE reseller_change_answer (
    tenant_id UUID NOT NULL,
    change_id UUID NOT NULL,
    side TEXT NOT NULL,
    yes BOOLEAN NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT reseller_change_answer_pkey PRIMARY KEY (tenant_id, change_id, side),
    CONSTRAINT reseller_change_answer_side CHECK (side IN ('customer', 'old', 'new', 'operator'))
)""",
    """ALTER TABLE reseller_change_answer ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE reseller_change_answer FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON reseller_change_answer TO ebelge_app""",
    """CREATE POLICY reseller_change_answer_app ON reseller_change_answer TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON reseller_change_answer TO ebelge_reader""",
    """CREATE POLICY reseller_change_answer_reader ON reseller_change_answer TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER reseller_change_answer_append_only BEFORE UPDATE OR DELETE ON reseller_change_answer FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER reseller_change_answer_no_truncate BEFORE TRUNCATE ON reseller_change_answer FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE reseller_change_party (
    tenant_id UUID NOT NULL,
    change_id UUID NOT NULL,
    side TEXT NOT NULL,
    customer_id UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT reseller_change_party_pkey PRIMARY KEY (tenant_id, change_id, side),
    CONSTRAINT reseller_change_party_side CHECK (side IN ('customer', 'old', 'new', 'operator'))
)""",
    """ALTER TABLE reseller_change_party ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE reseller_change_party FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON reseller_change_party TO ebelge_app""",
    """CREATE POLICY reseller_change_party_app ON reseller_change_party TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON reseller_change_party TO ebelge_reader""",
    """CREATE POLICY reseller_change_party_reader ON reseller_change_party TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE customer_import (
    tenant_id UUID NOT NULL,
    import_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    state TEXT NOT NULL,
    whole BOOLEAN DEFAULT false NOT NULL,
    created_by TEXT NOT NULL,
    created_by_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT customer_import_pkey PRIMARY KEY (tenant_id, import_id),
    CONSTRAINT customer_import_state CHECK (state IN ('checked', 'running', 'done', 'refused')),
    CONSTRAINT customer_import_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT customer_import_ended_has_a_time CHECK ((state IN ('done', 'refused')) = (ended_at IS NOT NULL))
)""",
    """ALTER TABLE customer_import ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE customer_import FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON customer_import TO ebelge_app""",
    """CREATE POLICY customer_import_app ON customer_import TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON customer_import TO ebelge_reader""",
    """CREATE POLICY customer_import_reader ON customer_import TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE customer_import_row (
    tenant_id UUID NOT NULL,
    import_id UUID NOT NULL,
    row INTEGER NOT NULL,
    cells JSONB NOT NULL,
    findings JSONB DEFAULT '[]' NOT NULL,
    state TEXT NOT NULL,
    customer_id UUID,
    CONSTRAINT customer_import_row_pkey PRIMARY KEY (tenant_id, import_id, row),
    CONSTRAINT customer_import_row_state CHECK (state IN ('bad', 'good', 'known', 'made', 'failed'))
)""",
    """ALTER TABLE customer_import_row ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE customer_import_row FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON customer_import_row TO ebelge_app""",
    """CREATE POLICY customer_import_row_app ON customer_import_row TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON customer_import_row TO ebelge_reader""",
    """CREATE POLICY customer_import_row_reader ON customer_import_row TO ebelge_reader USING (true) WITH CHECK (true)""",
)

SEEN_BY_RESELLERS = (
    """GRANT SELECT (tenant_id, lot_id, remaining, expires_at, open) ON lot TO ebelge_reseller""",
    """CREATE POLICY lot_reseller ON lot TO ebelge_reseller USING (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid)) WITH CHECK (tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid))""",
)

CONTRACT = (
    """ALTER TABLE reseller_contract ADD COLUMN onboarding TEXT DEFAULT 'applied' NOT NULL CONSTRAINT reseller_contract_onboarding CHECK (onboarding IN ('applied', 'active'))""",
)

FUNCTION = """-- Which account a taxpayer has in a mode, by the exact VKN or TCKN: its id and kind, nothing else. There is no listing.
CREATE OR REPLACE FUNCTION account_of(p_mode text, p_vkn_tckn text)
RETURNS TABLE (tenant_id uuid, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id, t.kind
      FROM tenant t WHERE t.mode = p_mode AND t.vkn_tckn = p_vkn_tckn AND t.kind <> 'pool'
$$;"""

OWNERS = (
    """GRANT CREATE ON SCHEMA public TO ebelge_directory""",
    """ALTER FUNCTION account_of(text, text) OWNER TO ebelge_directory""",
    """REVOKE ALL ON FUNCTION account_of(text, text) FROM PUBLIC""",
    """GRANT EXECUTE ON FUNCTION account_of(text, text) TO ebelge_directory""",
    """GRANT EXECUTE ON FUNCTION account_of(text, text) TO ebelge_app""",
    """REVOKE CREATE ON SCHEMA public FROM ebelge_directory""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *SEEN_BY_RESELLERS, *CONTRACT, FUNCTION, *OWNERS):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION account_of(text, text)")
    run("ALTER TABLE reseller_contract DROP COLUMN onboarding")
    run("DROP POLICY lot_reseller ON lot")
    run("REVOKE SELECT (tenant_id, lot_id, remaining, expires_at, open) ON lot FROM ebelge_reseller")
    run("DROP TABLE customer_import_row")
    run("DROP TABLE customer_import")
    run("DROP TABLE reseller_change_party")
    run("DROP TABLE reseller_change_answer")
    run("DROP TABLE reseller_change")
    run("DROP TABLE acting_session")
    run("DROP TABLE acting_link")
    run("DROP TABLE acting_consent")
