"""People, their factors, sessions and memberships."""

from alembic import op

revision = "0008_people"
down_revision = "0007_reseller_role"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
