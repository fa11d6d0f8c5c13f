"""Nothing yet: the place of designs in the order of migrations."""

revision = "0023_designs"
down_revision = "0022_registered_users"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
