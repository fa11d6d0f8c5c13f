"""Nothing yet: the place of kinds in the order of migrations."""

revision = "0018_kinds"
down_revision = "0017_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
