"""An endpoint that takes nothing is asked now and then by one delivery, not by each that waits (ADR 0140)."""

from alembic import op

revision = "0037_webhook_rest"
down_revision = "0036_ended_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("ALTER TABLE webhook_endpoint ADD COLUMN rests_until TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.get_bind().connection.dbapi_connection.execute("ALTER TABLE webhook_endpoint DROP COLUMN rests_until")
