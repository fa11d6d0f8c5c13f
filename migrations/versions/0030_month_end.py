"""What was handed out for a month, so that what came after is told."""

revision = "0030_month_end"
down_revision = "0029_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
