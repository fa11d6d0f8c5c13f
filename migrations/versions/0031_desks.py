"""What the first of two persons entered about a refund, until the second approves it."""

from alembic import op

revision = "0031_desks"
down_revision = "0030_month_end"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, and the rule that two persons are two."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE refund ADD COLUMN release JSONB")
    op.execute(
        "ALTER TABLE refund ADD CONSTRAINT refund_two_persons "
        "CHECK (coalesce(release ->> 'approved_by' <> release ->> 'by', true))"
    )


def downgrade() -> None:
    """Without it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE refund DROP COLUMN release")
