"""Which despatch note is on which invoice, so that goods are invoiced once."""

from alembic import op

revision = "0018_kinds"
down_revision = "0017_privacy"
branch_labels = None
depends_on = None

_OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
STATEMENTS = (
    """CREATE TABLE despatch_invoice (
    tenant_id UUID NOT NULL,
    despatch_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    counts BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT despatch_invoice_pkey PRIMARY KEY (tenant_id, despatch_id, invoice_id)
)""",
    """CREATE UNIQUE INDEX despatch_invoice_once ON despatch_invoice (tenant_id, despatch_id) WHERE counts""",
    """CREATE INDEX despatch_invoice_of_invoice ON despatch_invoice (tenant_id, invoice_id)""",
    """ALTER TABLE despatch_invoice ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE despatch_invoice FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON despatch_invoice TO ebelge_app""",
    f"""CREATE POLICY despatch_invoice_app ON despatch_invoice TO ebelge_app USING ({_OWN}) WITH CHECK ({_OWN})""",
    """GRANT SELECT ON despatch_invoice TO ebelge_reader""",
    """CREATE POLICY despatch_invoice_reader ON despatch_invoice TO ebelge_reader USING (true) WITH CHECK (true)""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP TABLE despatch_invoice")
