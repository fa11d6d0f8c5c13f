"""A charge costs the server less: same rows, same promises, fewer statements."""

revision = "0004_cheaper_charges"
down_revision = "0003_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
