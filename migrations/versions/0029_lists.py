"""What people keep of their lists of documents."""

revision = "0029_lists"
down_revision = "0028_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
