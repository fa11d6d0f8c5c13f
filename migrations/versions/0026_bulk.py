"""Nothing yet: the place of bulk in the order of migrations."""

revision = "0026_bulk"
down_revision = "0025_archive"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
