"""Nothing yet: the place of answers in the order of migrations."""

revision = "0020_answers"
down_revision = "0019_incoming"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
