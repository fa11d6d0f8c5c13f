"""Nothing yet: the place of incoming in the order of migrations."""

revision = "0019_incoming"
down_revision = "0018_kinds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
