"""Nothing yet: the place of archive in the order of migrations."""

revision = "0025_archive"
down_revision = "0024_certificates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
