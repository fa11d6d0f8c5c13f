"""Nothing yet: the place of registered_users in the order of migrations."""

revision = "0022_registered_users"
down_revision = "0021_earsiv"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
