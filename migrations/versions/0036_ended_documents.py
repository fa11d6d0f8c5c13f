"""What documents have come to is found by its time, to be told to the customers' systems (ADR 0140)."""

from alembic import op

revision = "0036_ended_documents"
down_revision = "0035_embedded_sheets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run(
        "CREATE INDEX document_event_ended ON document_event (tenant_id, at) "
        "WHERE state IN ('delivered', 'undelivered', 'refused', 'failed', 'cancelled')"
    )


def downgrade() -> None:
    op.get_bind().connection.dbapi_connection.execute("DROP INDEX document_event_ended")
