"""Taxes of each outgoing document, and months that were handed out."""

from alembic import op

revision = "0030_month_end"
down_revision = "0029_lists"
branch_labels = None
depends_on = None

_OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
TABLES = (
    """CREATE TABLE document_tax (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    base_kurus BIGINT NOT NULL,
    kdv_kurus BIGINT NOT NULL,
    other_tax_kurus BIGINT NOT NULL,
    tevkifat_kurus BIGINT NOT NULL,
    taxes JSONB NOT NULL,
    CONSTRAINT document_tax_pkey PRIMARY KEY (tenant_id, document_id)
)""",
    """CREATE TABLE month_export (
    tenant_id UUID NOT NULL,
    export_id UUID NOT NULL,
    month DATE NOT NULL,
    form TEXT NOT NULL,
    whole BOOLEAN DEFAULT true NOT NULL,
    made_by TEXT NOT NULL,
    made_name TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    document_count INTEGER NOT NULL,
    totals JSONB NOT NULL,
    sha256 BYTEA NOT NULL,
    CONSTRAINT month_export_pkey PRIMARY KEY (tenant_id, export_id),
    CONSTRAINT month_export_form CHECK (form IN ('xlsx', 'zip')),
    CONSTRAINT month_export_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT month_export_counted CHECK (document_count >= 0)
)""",
    """CREATE INDEX month_export_of ON month_export (tenant_id, month, made_at)""",
)


def _rules(table: str) -> tuple[str, ...]:
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT, INSERT ON {table} TO ebelge_app",
        f"CREATE POLICY {table}_app ON {table} TO ebelge_app USING ({_OWN}) WITH CHECK ({_OWN})",
        f"GRANT SELECT ON {table} TO ebelge_reader",
        f"CREATE POLICY {table}_reader ON {table} TO ebelge_reader USING (true) WITH CHECK (true)",
    )


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *_rules("document_tax"), *_rules("month_export")):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in ("DROP TABLE month_export", "DROP TABLE document_tax"):
        run(statement)
