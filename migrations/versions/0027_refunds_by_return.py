"""What an incoming return invoice means for a refund, and a list that is asked again."""

revision = "0027_refunds_by_return"
down_revision = "0026_bulk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
