"""Drafts, address book, products and templates of the invoice form."""

revision = "0028_drafts"
down_revision = "0027_refunds_by_return"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
