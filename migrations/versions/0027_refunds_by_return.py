"""A user list that is asked again before an e-Arşiv is signed; return invoices of buyers of kontör, each for one refund."""

from alembic import op

revision = "0027_refunds_by_return"
down_revision = "0026_bulk"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE list_check (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    list_loaded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sign_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT list_check_pkey PRIMARY KEY (tenant_id, document_id),
    CONSTRAINT list_check_state CHECK (state IN ('waiting', 'same', 'refused', 'late', 'moot')),
    CONSTRAINT list_check_ended CHECK ((state = 'waiting') = (ended_at IS NULL))
)""",
    """CREATE INDEX list_check_waiting ON list_check (entered_at) WHERE state = 'waiting'""",
    """ALTER TABLE list_check ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE list_check FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON list_check TO ebelge_app""",
    """CREATE POLICY list_check_app ON list_check TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON list_check TO ebelge_reader""",
    """CREATE POLICY list_check_reader ON list_check TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE return_invoice (
    tenant_id UUID NOT NULL,
    document_id UUID NOT NULL,
    operator_id UUID NOT NULL,
    order_id UUID NOT NULL,
    refund_id UUID,
    number TEXT NOT NULL,
    issued_on DATE NOT NULL,
    payable_kurus BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    came_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by TEXT DEFAULT '' NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT return_invoice_pkey PRIMARY KEY (tenant_id, document_id),
    CONSTRAINT return_invoice_state CHECK (state IN ('waiting', 'proposed', 'taken', 'dismissed')),
    CONSTRAINT return_invoice_decided CHECK ((state IN ('taken', 'dismissed')) = (decided_at IS NOT NULL)),
    CONSTRAINT return_invoice_of_a_refund CHECK (state NOT IN ('proposed', 'taken') OR refund_id IS NOT NULL)
)""",
    """CREATE INDEX return_invoice_open ON return_invoice (came_at) WHERE state IN ('waiting', 'proposed')""",
    """ALTER TABLE return_invoice ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE return_invoice FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON return_invoice TO ebelge_app""",
    """CREATE POLICY return_invoice_app ON return_invoice TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON return_invoice TO ebelge_reader""",
    """CREATE POLICY return_invoice_reader ON return_invoice TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON return_invoice TO ebelge_finance""",
    """CREATE POLICY return_invoice_finance ON return_invoice TO ebelge_finance USING (true) WITH CHECK (true)""",
    """CREATE UNIQUE INDEX refund_return_document ON refund (tenant_id, tax_document) WHERE tax_way = 'iade_faturasi' AND tax_document <> '' AND state NOT IN ('failed', 'cancelled')""",
    """CREATE INDEX incoming_document_returning ON incoming_document (tenant_id, received_at) WHERE references_id IS NOT NULL""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP INDEX incoming_document_returning")
    run("DROP INDEX refund_return_document")
    run("DROP TABLE return_invoice")
    run("DROP TABLE list_check")
