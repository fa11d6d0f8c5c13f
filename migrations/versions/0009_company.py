"""A tenant's own set-up: branches, mailboxes, activation, designs, settings."""

from alembic import op

revision = "0009_company"
down_revision = "0008_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
