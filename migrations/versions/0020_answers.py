"""Answers of both sides, and what happened outside about a document that is wrong."""

from alembic import op

revision = "0020_answers"
down_revision = "0019_incoming"
branch_labels = None
depends_on = None

STATEMENTS = (
    """ALTER TABLE document ADD COLUMN buyer_answer TEXT""",
    """ALTER TABLE document ADD CONSTRAINT document_buyer_answer CHECK (buyer_answer IN ('accepted', 'rejected', 'returned', 'partly', 'assumed'))""",
    """CREATE INDEX document_awaits_answer ON document (final_at) WHERE buyer_answer IS NULL AND profile = 'TICARIFATURA' AND state = 'delivered'""",
    """ALTER TABLE incoming_document DROP CONSTRAINT incoming_document_answer""",
    """ALTER TABLE incoming_document ADD CONSTRAINT incoming_document_answer CHECK (answer IN ('none', 'accepted', 'rejected', 'returned', 'partly', 'assumed'))""",
    """CREATE INDEX incoming_document_assumable ON incoming_document (answerable_until) WHERE answer = 'none' AND kind = 'efatura' AND answerable_until IS NOT NULL""",
    """CREATE TABLE answer (
    tenant_id UUID NOT NULL,
    answer_id UUID NOT NULL,
    document_id UUID NOT NULL,
    form TEXT NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    number TEXT NOT NULL,
    ettn UUID NOT NULL,
    state TEXT NOT NULL,
    source BYTEA NOT NULL,
    signed_sha256 BYTEA,
    signed_at TIMESTAMP WITH TIME ZONE,
    zarf_id UUID,
    gib_code INTEGER,
    gib_text TEXT DEFAULT '' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    progress_at TIMESTAMP WITH TIME ZONE NOT NULL,
    final_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT answer_pkey PRIMARY KEY (tenant_id, answer_id),
    CONSTRAINT answer_tenant_id_ettn_key UNIQUE (tenant_id, ettn),
    CONSTRAINT answer_tenant_id_document_id_fkey FOREIGN KEY(tenant_id, document_id) REFERENCES incoming_document (tenant_id, document_id),
    CONSTRAINT answer_form CHECK (form IN ('response', 'receipt')),
    CONSTRAINT answer_code CHECK (code IN ('KABUL', 'RED', 'IADE', 'KISMI')),
    CONSTRAINT answer_state CHECK (state IN ('prepared', 'signed', 'delivered', 'refused')),
    CONSTRAINT answer_signed_is_whole CHECK ((signed_sha256 IS NULL) = (signed_at IS NULL)),
    CONSTRAINT answer_sent_is_signed CHECK (state NOT IN ('signed', 'delivered') OR signed_sha256 IS NOT NULL),
    CONSTRAINT answer_ended_has_an_end CHECK ((state IN ('delivered', 'refused')) = (final_at IS NOT NULL))
)""",
    """CREATE INDEX answer_of ON answer (tenant_id, document_id, answer_id)""",
    """CREATE UNIQUE INDEX answer_once ON answer (tenant_id, document_id) WHERE state <> 'refused'""",
    """ALTER TABLE answer ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE answer FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON answer TO ebelge_app""",
    """CREATE POLICY answer_app ON answer TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON answer TO ebelge_reader""",
    """CREATE POLICY answer_reader ON answer TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE answer_year (
    tenant_id UUID NOT NULL,
    form TEXT NOT NULL,
    year SMALLINT NOT NULL,
    last_serial BIGINT NOT NULL,
    CONSTRAINT answer_year_pkey PRIMARY KEY (tenant_id, form, year),
    CONSTRAINT answer_year_form CHECK (form IN ('response', 'receipt')),
    CONSTRAINT answer_year_nine_digits CHECK (last_serial BETWEEN 1 AND 999999999)
)""",
    """ALTER TABLE answer_year ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE answer_year FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON answer_year TO ebelge_app""",
    """CREATE POLICY answer_year_app ON answer_year TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON answer_year TO ebelge_reader""",
    """CREATE POLICY answer_year_reader ON answer_year TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE received_answer (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    response_id UUID NOT NULL,
    form TEXT NOT NULL,
    code TEXT NOT NULL,
    by_customs BOOLEAN DEFAULT false NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    number TEXT DEFAULT '' NOT NULL,
    data JSONB DEFAULT '{}' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT received_answer_pkey PRIMARY KEY (tenant_id, document_id, response_id),
    CONSTRAINT received_answer_form CHECK (form IN ('response', 'receipt')),
    CONSTRAINT received_answer_code CHECK (code IN ('KABUL', 'RED', 'IADE', 'KISMI', 'GUMRUKONAY', 'KABUL_SAYILDI'))
)""",
    """CREATE UNIQUE INDEX received_answer_as ON received_answer (tenant_id, response_id)""",
    """CREATE UNIQUE INDEX received_answer_once ON received_answer (tenant_id, document_id) WHERE NOT by_customs""",
    """ALTER TABLE received_answer ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE received_answer FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON received_answer TO ebelge_app""",
    """CREATE POLICY received_answer_app ON received_answer TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON received_answer TO ebelge_reader""",
    """CREATE POLICY received_answer_reader ON received_answer TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER received_answer_append_only BEFORE UPDATE OR DELETE ON received_answer FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER received_answer_no_truncate BEFORE TRUNCATE ON received_answer FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE mistake_record (
    tenant_id UUID NOT NULL,
    record_id UUID NOT NULL,
    document_id UUID NOT NULL,
    side TEXT NOT NULL,
    way TEXT NOT NULL,
    channel TEXT,
    on_day DATE NOT NULL,
    paper_number TEXT DEFAULT '' NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    file_type TEXT,
    file_sha256 BYTEA,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT mistake_record_pkey PRIMARY KEY (tenant_id, record_id),
    CONSTRAINT mistake_record_side CHECK (side IN ('outgoing', 'incoming')),
    CONSTRAINT mistake_record_way CHECK (way IN ('buyer_asked_to_reject', 'portal_cancel_asked', 'portal_cancel_approved', 'portal_cancel_refused', 'objection', 'return_invoice_agreed', 'other')),
    CONSTRAINT mistake_record_channel CHECK (channel IS NULL OR channel IN ('noter', 'kep', 'telgraf', 'taahhutlu_mektup')),
    CONSTRAINT mistake_record_objection_has_a_channel CHECK ((way = 'objection') = (channel IS NOT NULL)),
    CONSTRAINT mistake_record_file_is_whole CHECK ((file_sha256 IS NULL) = (file_type IS NULL))
)""",
    """CREATE INDEX mistake_record_of ON mistake_record (tenant_id, document_id, record_id)""",
    """ALTER TABLE mistake_record ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE mistake_record FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON mistake_record TO ebelge_app""",
    """CREATE POLICY mistake_record_app ON mistake_record TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON mistake_record TO ebelge_reader""",
    """CREATE POLICY mistake_record_reader ON mistake_record TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER mistake_record_append_only BEFORE UPDATE OR DELETE ON mistake_record FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER mistake_record_no_truncate BEFORE TRUNCATE ON mistake_record FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
)
TABLES = ("mistake_record", "received_answer", "answer_year", "answer")
BACK = (
    """DROP INDEX incoming_document_assumable""",
    """ALTER TABLE incoming_document DROP CONSTRAINT incoming_document_answer""",
    """ALTER TABLE incoming_document ADD CONSTRAINT incoming_document_answer CHECK (answer IN ('none', 'accepted', 'rejected', 'partly', 'assumed'))""",
    """DROP INDEX document_awaits_answer""",
    """ALTER TABLE document DROP COLUMN buyer_answer""",
)


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
    for statement in BACK:
        run(statement)
