"""What staff keep while they work: notes on breaks, hand-overs, incidents."""

revision = "0031_desks"
down_revision = "0030_month_end"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
