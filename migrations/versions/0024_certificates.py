"""Nothing yet: the place of certificates in the order of migrations."""

revision = "0024_certificates"
down_revision = "0023_designs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
