"""Documents, series and numbers, envelopes, idempotency keys."""

from alembic import op

revision = "0003_documents"
down_revision = "0002_ledger"
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE document (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    kind TEXT NOT NULL,
    profile TEXT NOT NULL,
    type_code TEXT NOT NULL,
    state TEXT NOT NULL,
    channel TEXT NOT NULL,
    ettn UUID NOT NULL,
    number TEXT NOT NULL,
    number_held BOOLEAN DEFAULT true NOT NULL,
    series_id UUID NOT NULL,
    serial BIGINT NOT NULL,
    issue_date DATE NOT NULL,
    buyer_vkn_tckn TEXT NOT NULL,
    buyer_title TEXT NOT NULL,
    buyer_email TEXT,
    receiver_alias TEXT,
    sender_alias TEXT,
    currency TEXT NOT NULL,
    payable_kurus BIGINT NOT NULL,
    line_count INTEGER NOT NULL,
    kontor BIGINT NOT NULL,
    price_id UUID NOT NULL,
    replaces_id UUID,
    superseded BOOLEAN DEFAULT false NOT NULL,
    source_sha256 BYTEA NOT NULL,
    signed_sha256 BYTEA,
    signed_at TIMESTAMP WITH TIME ZONE,
    zarf_id UUID,
    gib_code INTEGER,
    link_token TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    progress_at TIMESTAMP WITH TIME ZONE NOT NULL,
    final_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT document_pkey PRIMARY KEY (tenant_id, document_id),
    CONSTRAINT document_tenant_id_ettn_key UNIQUE (tenant_id, ettn),
    CONSTRAINT document_kind CHECK (kind IN ('efatura', 'earsiv', 'eirsaliye', 'emm')),
    CONSTRAINT document_state CHECK (state IN ('accepted', 'signed', 'sent', 'unknown', 'delivered', 'undelivered', 'refused', 'given_up', 'withdrawn', 'failed')),
    CONSTRAINT document_channel CHECK (channel IN ('gib', 'mail', 'paper')),
    CONSTRAINT document_number_form CHECK (number ~ '^[A-Z0-9]{3}20[0-9]{11}$'),
    CONSTRAINT document_signed_is_whole CHECK ((signed_sha256 IS NULL) = (signed_at IS NULL)),
    CONSTRAINT document_state_agrees_with_signature CHECK (state IN ('accepted', 'withdrawn', 'failed') = (signed_sha256 IS NULL)),
    CONSTRAINT document_number_is_held CHECK (number_held OR state IN ('withdrawn', 'failed') OR superseded)
)
 WITH (fillfactor = 80)""",
    """CREATE INDEX document_by_buyer ON document (tenant_id, buyer_vkn_tckn, document_id)""",
    """CREATE INDEX document_by_day ON document (tenant_id, issue_date, document_id)""",
    """CREATE INDEX document_by_number ON document (tenant_id, number, document_id)""",
    """CREATE INDEX document_by_state ON document (tenant_id, state, document_id)""",
    """CREATE INDEX document_moving ON document (progress_at) WHERE state IN ('accepted','signed','sent','unknown')""",
    """CREATE UNIQUE INDEX document_number ON document (tenant_id, number) WHERE number_held""",
    """ALTER TABLE document ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE document FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON document TO ebelge_app""",
    """CREATE POLICY document_app ON document TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON document TO ebelge_reader""",
    """CREATE POLICY document_reader ON document TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE document_xml (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    source BYTEA NOT NULL,
    CONSTRAINT document_xml_pkey PRIMARY KEY (tenant_id, document_id)
)""",
    """ALTER TABLE document_xml ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE document_xml FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON document_xml TO ebelge_app""",
    """CREATE POLICY document_xml_app ON document_xml TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON document_xml TO ebelge_reader""",
    """CREATE POLICY document_xml_reader ON document_xml TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE document_event (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    event_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    text_tr TEXT NOT NULL,
    text_en TEXT NOT NULL,
    kontor BIGINT DEFAULT 0 NOT NULL,
    data JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT document_event_pkey PRIMARY KEY (tenant_id, document_id, event_id)
)""",
    """ALTER TABLE document_event ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE document_event FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON document_event TO ebelge_app""",
    """CREATE POLICY document_event_app ON document_event TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON document_event TO ebelge_reader""",
    """CREATE POLICY document_event_reader ON document_event TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE series (
    tenant_id UUID NOT NULL,
    series_id UUID NOT NULL,
    kind TEXT NOT NULL,
    prefix TEXT NOT NULL,
    owner TEXT NOT NULL,
    internet BOOLEAN DEFAULT false NOT NULL,
    branch TEXT DEFAULT '' NOT NULL,
    is_default BOOLEAN DEFAULT false NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT series_pkey PRIMARY KEY (tenant_id, series_id),
    CONSTRAINT series_tenant_id_prefix_key UNIQUE (tenant_id, prefix),
    CONSTRAINT series_kind CHECK (kind IN ('efatura', 'earsiv', 'eirsaliye', 'emm')),
    CONSTRAINT series_owner CHECK (owner IN ('ours', 'erp')),
    CONSTRAINT series_prefix_form CHECK (prefix ~ '^[A-Z0-9]{3}$')
)""",
    """CREATE UNIQUE INDEX series_default ON series (tenant_id, kind, internet) WHERE is_default""",
    """ALTER TABLE series ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE series FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON series TO ebelge_app""",
    """CREATE POLICY series_app ON series TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON series TO ebelge_reader""",
    """CREATE POLICY series_reader ON series TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE series_year (
    tenant_id UUID NOT NULL,
    series_id UUID NOT NULL,
    year SMALLINT NOT NULL,
    first_serial BIGINT DEFAULT 1 NOT NULL,
    last_serial BIGINT NOT NULL,
    last_issue_date DATE,
    CONSTRAINT series_year_pkey PRIMARY KEY (tenant_id, series_id, year),
    CONSTRAINT series_year_tenant_id_series_id_fkey FOREIGN KEY(tenant_id, series_id) REFERENCES series (tenant_id, series_id),
    CONSTRAINT series_year_nine_digits CHECK (last_serial BETWEEN 0 AND 999999999)
)
 WITH (fillfactor = 50)""",
    """ALTER TABLE series_year ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE series_year FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON series_year TO ebelge_app""",
    """CREATE POLICY series_year_app ON series_year TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON series_year TO ebelge_reader""",
    """CREATE POLICY series_year_reader ON series_year TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE open_number (
    tenant_id UUID NOT NULL,
    series_id UUID NOT NULL,
    year SMALLINT NOT NULL,
    serial BIGINT NOT NULL,
    document_id UUID NOT NULL,
    reason TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE,
    taken_by UUID,
    CONSTRAINT open_number_pkey PRIMARY KEY (tenant_id, series_id, year, serial)
)""",
    """CREATE INDEX open_number_free ON open_number (tenant_id, series_id, year, serial) WHERE taken_at IS NULL""",
    """ALTER TABLE open_number ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE open_number FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON open_number TO ebelge_app""",
    """CREATE POLICY open_number_app ON open_number TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON open_number TO ebelge_reader""",
    """CREATE POLICY open_number_reader ON open_number TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE zarf (
    tenant_id UUID NOT NULL,
    zarf_id UUID NOT NULL,
    state TEXT NOT NULL,
    element_type TEXT NOT NULL,
    sender_alias TEXT NOT NULL,
    receiver_alias TEXT NOT NULL,
    receiver_vkn_tckn TEXT NOT NULL,
    document_count INTEGER NOT NULL,
    sha256 BYTEA NOT NULL,
    code INTEGER,
    code_text TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    next_question_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT zarf_pkey PRIMARY KEY (tenant_id, zarf_id),
    CONSTRAINT zarf_state CHECK (state IN ('prepared', 'sent', 'unknown', 'ended'))
)""",
    """CREATE INDEX zarf_open ON zarf (next_question_at) WHERE state <> 'ended'""",
    """ALTER TABLE zarf ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE zarf FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON zarf TO ebelge_app""",
    """CREATE POLICY zarf_app ON zarf TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON zarf TO ebelge_reader""",
    """CREATE POLICY zarf_reader ON zarf TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE zarf_document (
    tenant_id UUID NOT NULL,
    zarf_id UUID NOT NULL,
    document_id UUID NOT NULL,
    CONSTRAINT zarf_document_pkey PRIMARY KEY (tenant_id, zarf_id, document_id)
)""",
    """CREATE INDEX zarf_document_of ON zarf_document (tenant_id, document_id)""",
    """ALTER TABLE zarf_document ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE zarf_document FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON zarf_document TO ebelge_app""",
    """CREATE POLICY zarf_document_app ON zarf_document TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON zarf_document TO ebelge_reader""",
    """CREATE POLICY zarf_document_reader ON zarf_document TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE mail_delivery (
    tenant_id UUID NOT NULL,
    mail_id UUID NOT NULL,
    document_id UUID NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT mail_delivery_pkey PRIMARY KEY (tenant_id, mail_id),
    CONSTRAINT mail_delivery_state CHECK (state IN ('queued', 'taken', 'refused'))
)""",
    """CREATE INDEX mail_delivery_of ON mail_delivery (tenant_id, document_id)""",
    """ALTER TABLE mail_delivery ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE mail_delivery FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON mail_delivery TO ebelge_app""",
    """CREATE POLICY mail_delivery_app ON mail_delivery TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON mail_delivery TO ebelge_reader""",
    """CREATE POLICY mail_delivery_reader ON mail_delivery TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE report_line (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    issue_date DATE NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT report_line_pkey PRIMARY KEY (tenant_id, document_id),
    CONSTRAINT report_line_state CHECK (state IN ('pending', 'reported', 'dropped'))
)""",
    """CREATE INDEX report_line_pending ON report_line (tenant_id, issue_date) WHERE state = 'pending'""",
    """ALTER TABLE report_line ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE report_line FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON report_line TO ebelge_app""",
    """CREATE POLICY report_line_app ON report_line TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON report_line TO ebelge_reader""",
    """CREATE POLICY report_line_reader ON report_line TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE idempotency (
    tenant_id UUID NOT NULL,
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 BYTEA NOT NULL,
    status INTEGER,
    body BYTEA,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (tenant_id, principal, key)
)""",
    """CREATE INDEX idempotency_age ON idempotency (created_at)""",
    """ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE idempotency FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO ebelge_app""",
    """CREATE POLICY idempotency_app ON idempotency TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON idempotency TO ebelge_reader""",
    """CREATE POLICY idempotency_reader ON idempotency TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT, DELETE ON idempotency TO ebelge_relay""",
    """CREATE POLICY idempotency_relay ON idempotency TO ebelge_relay USING (true) WITH CHECK (true)""",
    """CREATE TABLE gib_alias (
    mode TEXT NOT NULL,
    vkn_tckn TEXT NOT NULL,
    document_type TEXT NOT NULL,
    role TEXT NOT NULL,
    alias TEXT NOT NULL,
    title TEXT NOT NULL,
    account_type TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT gib_alias_pkey PRIMARY KEY (mode, vkn_tckn, document_type, role, alias),
    CONSTRAINT gib_alias_mode CHECK (mode IN ('live', 'test')),
    CONSTRAINT gib_alias_role CHECK (role IN ('PK', 'GB'))
)""",
    """ALTER TABLE gib_alias ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE gib_alias FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON gib_alias TO ebelge_app""",
    """CREATE POLICY gib_alias_app ON gib_alias TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON gib_alias TO ebelge_reader""",
    """CREATE POLICY gib_alias_reader ON gib_alias TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE gib_list_load (
    mode TEXT NOT NULL,
    loaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sha256 BYTEA NOT NULL,
    aliases INTEGER NOT NULL,
    CONSTRAINT gib_list_load_pkey PRIMARY KEY (mode)
)""",
    """ALTER TABLE gib_list_load ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE gib_list_load FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON gib_list_load TO ebelge_app""",
    """CREATE POLICY gib_list_load_app ON gib_list_load TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON gib_list_load TO ebelge_reader""",
    """CREATE POLICY gib_list_load_reader ON gib_list_load TO ebelge_reader USING (true) WITH CHECK (true)""",
)

TRIGGERS = (
    "CREATE TRIGGER document_event_append_only BEFORE UPDATE OR DELETE ON document_event FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
    "CREATE TRIGGER document_event_no_truncate BEFORE TRUNCATE ON document_event FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        run(statement)
    for statement in TRIGGERS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP TABLE gib_list_load")
    run("DROP TABLE gib_alias")
    run("DROP TABLE idempotency")
    run("DROP TABLE report_line")
    run("DROP TABLE mail_delivery")
    run("DROP TABLE zarf_document")
    run("DROP TABLE zarf")
    run("DROP TABLE open_number")
    run("DROP TABLE series_year")
    run("DROP TABLE series")
    run("DROP TABLE document_event")
    run("DROP TABLE document_xml")
    run("DROP TABLE document")
