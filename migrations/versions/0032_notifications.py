"""What a member wants to be told, and how."""

revision = "0032_notifications"
down_revision = "0031_desks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
