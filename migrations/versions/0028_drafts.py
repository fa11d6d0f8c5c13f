"""Drafts, address book, products and templates of the invoice form."""

from alembic import op

revision = "0028_drafts"
down_revision = "0027_refunds_by_return"
branch_labels = None
depends_on = None

CONTACT = ("building_number", "postal_zone", "alias", "note")
TABLES = (
    """CREATE TABLE draft (
    tenant_id UUID NOT NULL,
    draft_id UUID NOT NULL,
    person_id UUID NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    content JSONB NOT NULL,
    revision INTEGER NOT NULL,
    tab UUID NOT NULL,
    kind TEXT DEFAULT '' NOT NULL,
    buyer TEXT DEFAULT '' NOT NULL,
    currency TEXT DEFAULT '' NOT NULL,
    payable_kurus BIGINT,
    corrects_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    document_id UUID,
    CONSTRAINT draft_pkey PRIMARY KEY (tenant_id, draft_id),
    CONSTRAINT draft_content_is_bounded CHECK (octet_length(content::text) <= 2097152),
    CONSTRAINT draft_revision_counts CHECK (revision > 0),
    CONSTRAINT draft_template_is_never_sent CHECK (name = '' OR document_id IS NULL)
)""",
    """CREATE INDEX draft_of_person ON draft (tenant_id, person_id, saved_at, draft_id)""",
    """CREATE INDEX draft_old ON draft (saved_at)""",
    """CREATE INDEX draft_template ON draft (tenant_id, name) WHERE name <> ''""",
    """ALTER TABLE draft ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE draft FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON draft TO ebelge_app""",
    """CREATE POLICY draft_app ON draft TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON draft TO ebelge_reader""",
    """CREATE POLICY draft_reader ON draft TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE product (
    tenant_id UUID NOT NULL,
    product_id UUID NOT NULL,
    code TEXT DEFAULT '' NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    unit TEXT NOT NULL,
    unit_price NUMERIC(20, 8) DEFAULT 0 NOT NULL,
    currency TEXT DEFAULT 'TRY' NOT NULL,
    kdv_rate NUMERIC(7, 4) DEFAULT 0 NOT NULL,
    gtip TEXT,
    withholding_code TEXT,
    exemption_code TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT product_pkey PRIMARY KEY (tenant_id, product_id),
    CONSTRAINT product_price_is_none_or_more CHECK (unit_price >= 0),
    CONSTRAINT product_rate_is_a_percentage CHECK (kdv_rate BETWEEN 0 AND 100)
)""",
    """CREATE INDEX product_by_name ON product (tenant_id, folded_name, product_id)""",
    """CREATE UNIQUE INDEX product_code ON product (tenant_id, code) WHERE code <> ''""",
    """ALTER TABLE product ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE product FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON product TO ebelge_app""",
    """CREATE POLICY product_app ON product TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON product TO ebelge_reader""",
    """CREATE POLICY product_reader ON product TO ebelge_reader USING (true) WITH CHECK (true)""",
)


def upgrade() -> None:
    """Two tables of the tenant, and more to say about a contact."""
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        run(statement)
    for column in CONTACT:
        run(f"ALTER TABLE contact ADD COLUMN {column} TEXT")
    run("ALTER TABLE contact ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    """Take them away."""
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for column in (*CONTACT, "changed_at"):
        run(f"ALTER TABLE contact DROP COLUMN {column}")
    for table in ("product", "draft"):
        run(f"DROP TABLE {table}")
