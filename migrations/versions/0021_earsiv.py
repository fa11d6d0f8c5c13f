"""Nothing yet: the place of earsiv in the order of migrations."""

revision = "0021_earsiv"
down_revision = "0020_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
