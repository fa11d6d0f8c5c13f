"""Imports, closings, exports."""

from alembic import op

revision = "0013_leaving"
down_revision = "0012_audit"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE import_run (
    tenant_id UUID NOT NULL,
    import_id UUID NOT NULL,
    files_sha256 BYTEA NOT NULL,
    totals JSONB NOT NULL,
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT import_run_pkey PRIMARY KEY (tenant_id, import_id),
    CONSTRAINT import_run_state CHECK (state IN ('running', 'done')),
    CONSTRAINT import_run_files_sha256_length CHECK (octet_length(files_sha256) = 32),
    CONSTRAINT import_run_done_has_an_end CHECK ((state = 'done') = (ended_at IS NOT NULL))
)""",
    """ALTER TABLE import_run ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE import_run FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON import_run TO ebelge_app""",
    """CREATE POLICY import_run_app ON import_run TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON import_run TO ebelge_reader""",
    """CREATE POLICY import_run_reader ON import_run TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE import_part (
    tenant_id UUID NOT NULL,
    import_id UUID NOT NULL,
    part TEXT NOT NULL,
    rows INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT import_part_pkey PRIMARY KEY (tenant_id, import_id, part),
    CONSTRAINT import_part_part CHECK (part IN ('account', 'series', 'lots', 'people', 'contacts', 'documents')),
    CONSTRAINT import_part_rows_counted CHECK (rows >= 0)
)""",
    """ALTER TABLE import_part ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE import_part FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON import_part TO ebelge_app""",
    """CREATE POLICY import_part_app ON import_part TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON import_part TO ebelge_reader""",
    """CREATE POLICY import_part_reader ON import_part TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER import_part_append_only BEFORE UPDATE OR DELETE ON import_part FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER import_part_no_truncate BEFORE TRUNCATE ON import_part FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE contact (
    tenant_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    vkn_tckn TEXT NOT NULL,
    title TEXT NOT NULL,
    folded_title TEXT NOT NULL,
    first_name TEXT,
    family_name TEXT,
    tax_office TEXT,
    street TEXT,
    district TEXT,
    city TEXT,
    country TEXT DEFAULT 'Türkiye' NOT NULL,
    email TEXT,
    phone TEXT,
    import_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT contact_pkey PRIMARY KEY (tenant_id, contact_id),
    CONSTRAINT contact_vkn_tckn_form CHECK (vkn_tckn ~ '^[0-9]{10,11}$'),
    CONSTRAINT contact_tenant_id_vkn_tckn_title_key UNIQUE (tenant_id, vkn_tckn, title)
)""",
    """CREATE INDEX contact_by_title ON contact (tenant_id, folded_title, contact_id)""",
    """ALTER TABLE contact ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE contact FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON contact TO ebelge_app""",
    """CREATE POLICY contact_app ON contact TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON contact TO ebelge_reader""",
    """CREATE POLICY contact_reader ON contact TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE old_document (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    direction TEXT NOT NULL,
    ettn UUID NOT NULL,
    kind TEXT NOT NULL,
    profile TEXT NOT NULL,
    type_code TEXT NOT NULL,
    number TEXT NOT NULL,
    issue_date DATE NOT NULL,
    other_vkn_tckn TEXT NOT NULL,
    other_title TEXT NOT NULL,
    currency TEXT NOT NULL,
    payable_kurus BIGINT NOT NULL,
    file_sha256 BYTEA NOT NULL,
    file_bytes INTEGER NOT NULL,
    import_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT old_document_pkey PRIMARY KEY (tenant_id, document_id),
    CONSTRAINT old_document_tenant_id_direction_ettn_key UNIQUE (tenant_id, direction, ettn),
    CONSTRAINT old_document_direction CHECK (direction IN ('out', 'in')),
    CONSTRAINT old_document_file_sha256_length CHECK (octet_length(file_sha256) = 32)
)""",
    """CREATE INDEX old_document_by_day ON old_document (tenant_id, issue_date, document_id)""",
    """CREATE INDEX old_document_by_number ON old_document (tenant_id, number, document_id)""",
    """CREATE INDEX old_document_by_other ON old_document (tenant_id, other_vkn_tckn, document_id)""",
    """ALTER TABLE old_document ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE old_document FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON old_document TO ebelge_app""",
    """CREATE POLICY old_document_app ON old_document TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON old_document TO ebelge_reader""",
    """CREATE POLICY old_document_reader ON old_document TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER old_document_append_only BEFORE UPDATE OR DELETE ON old_document FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER old_document_no_truncate BEFORE TRUNCATE ON old_document FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE closing (
    tenant_id UUID NOT NULL,
    closing_id UUID NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    last_day DATE NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    kept_until DATE,
    CONSTRAINT closing_pkey PRIMARY KEY (tenant_id, closing_id),
    CONSTRAINT closing_state CHECK (state IN ('open', 'done', 'called_off')),
    CONSTRAINT closing_ended_has_an_end CHECK ((state = 'open') = (ended_at IS NULL))
)""",
    """CREATE UNIQUE INDEX closing_open ON closing (tenant_id) WHERE state = 'open'""",
    """ALTER TABLE closing ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE closing FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON closing TO ebelge_app""",
    """CREATE POLICY closing_app ON closing TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON closing TO ebelge_reader""",
    """CREATE POLICY closing_reader ON closing TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE closing_step (
    tenant_id UUID NOT NULL,
    closing_id UUID NOT NULL,
    step TEXT NOT NULL,
    done_on DATE NOT NULL,
    paper TEXT DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT closing_step_pkey PRIMARY KEY (tenant_id, closing_id, step),
    CONSTRAINT closing_step_tenant_id_closing_id_fkey FOREIGN KEY(tenant_id, closing_id) REFERENCES closing (tenant_id, closing_id),
    CONSTRAINT closing_step_step CHECK (step IN ('sending_ends', 'documents_final', 'answers_given', 'report_accepted', 'gib_cancelled', 'kontor_settled', 'archive_delivered'))
)""",
    """ALTER TABLE closing_step ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE closing_step FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON closing_step TO ebelge_app""",
    """CREATE POLICY closing_step_app ON closing_step TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON closing_step TO ebelge_reader""",
    """CREATE POLICY closing_step_reader ON closing_step TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER closing_step_append_only BEFORE UPDATE OR DELETE ON closing_step FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER closing_step_no_truncate BEFORE TRUNCATE ON closing_step FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE archive_export (
    tenant_id UUID NOT NULL,
    export_id UUID NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    files INTEGER NOT NULL,
    size_bytes BIGINT NOT NULL,
    missing INTEGER NOT NULL,
    manifest_sha256 BYTEA NOT NULL,
    CONSTRAINT archive_export_pkey PRIMARY KEY (tenant_id, export_id),
    CONSTRAINT archive_export_manifest_sha256_length CHECK (octet_length(manifest_sha256) = 32)
)""",
    """CREATE INDEX archive_export_by_time ON archive_export (tenant_id, at, export_id)""",
    """ALTER TABLE archive_export ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE archive_export FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON archive_export TO ebelge_app""",
    """CREATE POLICY archive_export_app ON archive_export TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON archive_export TO ebelge_reader""",
    """CREATE POLICY archive_export_reader ON archive_export TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER archive_export_append_only BEFORE UPDATE OR DELETE ON archive_export FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER archive_export_no_truncate BEFORE TRUNCATE ON archive_export FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
)
TABLES = ("archive_export", "closing_step", "closing", "old_document", "contact", "import_part", "import_run")


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
