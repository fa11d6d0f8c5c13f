"""Many documents from one file: uploads, what is in them, and columns that are remembered."""

from alembic import op

revision = "0026_bulk"
down_revision = "0025_archive"
branch_labels = None
depends_on = None

TABLES = (
    """CREATE TABLE bulk_upload (
    tenant_id UUID NOT NULL,
    upload_id UUID NOT NULL,
    form TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    file BYTEA,
    headings JSONB DEFAULT '[]' NOT NULL,
    mapping JSONB DEFAULT '{}' NOT NULL,
    state TEXT NOT NULL,
    whole BOOLEAN DEFAULT false NOT NULL,
    problem JSONB,
    branch_ids JSONB DEFAULT '[]' NOT NULL,
    series_prefixes JSONB DEFAULT '[]' NOT NULL,
    created_by TEXT NOT NULL,
    created_name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_by TEXT DEFAULT '' NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT bulk_upload_pkey PRIMARY KEY (tenant_id, upload_id),
    CONSTRAINT bulk_upload_form CHECK (form IN ('zip', 'invoices', 'despatches', 'producer_receipts')),
    CONSTRAINT bulk_upload_state CHECK (state IN ('mapping', 'checking', 'checked', 'sending', 'paused', 'done', 'dropped')),
    CONSTRAINT bulk_upload_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT bulk_upload_file_is_bounded CHECK (octet_length(file) <= 10485760),
    CONSTRAINT bulk_upload_ended_has_a_time CHECK ((state IN ('done', 'dropped')) = (ended_at IS NOT NULL))
)""",
    """CREATE INDEX bulk_upload_old ON bulk_upload (created_at)""",
    """CREATE INDEX bulk_upload_same ON bulk_upload (tenant_id, sha256)""",
    """ALTER TABLE bulk_upload ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE bulk_upload FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON bulk_upload TO ebelge_app""",
    """CREATE POLICY bulk_upload_app ON bulk_upload TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON bulk_upload TO ebelge_reader""",
    """CREATE POLICY bulk_upload_reader ON bulk_upload TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE bulk_item (
    tenant_id UUID NOT NULL,
    upload_id UUID NOT NULL,
    item INTEGER NOT NULL,
    place TEXT NOT NULL,
    rows JSONB DEFAULT '[]' NOT NULL,
    content BYTEA,
    receiver_alias TEXT,
    state TEXT NOT NULL,
    findings JSONB DEFAULT '[]' NOT NULL,
    kind TEXT,
    buyer TEXT DEFAULT '' NOT NULL,
    currency TEXT DEFAULT '' NOT NULL,
    payable_kurus BIGINT,
    kontor BIGINT,
    ettn UUID,
    document_id UUID,
    number TEXT DEFAULT '' NOT NULL,
    CONSTRAINT bulk_item_pkey PRIMARY KEY (tenant_id, upload_id, item),
    CONSTRAINT bulk_item_state CHECK (state IN ('waiting', 'good', 'bad', 'sent', 'failed')),
    CONSTRAINT bulk_item_sent_is_a_document CHECK ((state = 'sent') = (document_id IS NOT NULL))
)""",
    """CREATE INDEX bulk_item_by_state ON bulk_item (tenant_id, upload_id, state, item)""",
    """ALTER TABLE bulk_item ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE bulk_item FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON bulk_item TO ebelge_app""",
    """CREATE POLICY bulk_item_app ON bulk_item TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON bulk_item TO ebelge_reader""",
    """CREATE POLICY bulk_item_reader ON bulk_item TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE bulk_mapping (
    tenant_id UUID NOT NULL,
    form TEXT NOT NULL,
    headings_sha256 BYTEA NOT NULL,
    fields JSONB NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT bulk_mapping_pkey PRIMARY KEY (tenant_id, form, headings_sha256)
)""",
    """ALTER TABLE bulk_mapping ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE bulk_mapping FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON bulk_mapping TO ebelge_app""",
    """CREATE POLICY bulk_mapping_app ON bulk_mapping TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON bulk_mapping TO ebelge_reader""",
    """CREATE POLICY bulk_mapping_reader ON bulk_mapping TO ebelge_reader USING (true) WITH CHECK (true)""",
)


def upgrade() -> None:
    """Three tables of the tenant."""
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        run(statement)


def downgrade() -> None:
    """Take them away."""
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for table in ("bulk_mapping", "bulk_item", "bulk_upload"):
        run(f"DROP TABLE {table}")
