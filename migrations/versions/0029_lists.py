"""Lists of documents: what each filter is found by, incoming documents that were taken over, searches of each list."""

from alembic import op

revision = "0029_lists"
down_revision = "0028_drafts"
branch_labels = None
depends_on = None

UP = (
    "CREATE INDEX document_by_kind ON document (tenant_id, kind, document_id)",
    "CREATE INDEX document_by_answer ON document (tenant_id, buyer_answer, document_id) WHERE buyer_answer IS NOT NULL",
    (
        "CREATE INDEX document_awaiting ON document (tenant_id, final_at, document_id) WHERE buyer_answer IS NULL AND "
        "profile = 'TICARIFATURA' AND state = 'delivered'"
    ),
    "CREATE INDEX document_replacing ON document (tenant_id, replaces_id) WHERE replaces_id IS NOT NULL",
    "ALTER TABLE incoming_document ADD COLUMN taken_at TIMESTAMP WITH TIME ZONE, ADD COLUMN taken_by TEXT",
    (
        "ALTER TABLE incoming_document ADD CONSTRAINT incoming_document_taken_by_somebody "
        "CHECK ((taken_at IS NULL) = (taken_by IS NULL))"
    ),
    (
        "CREATE INDEX incoming_document_untaken ON incoming_document (tenant_id, issue_date, document_id) "
        "WHERE taken_at IS NULL"
    ),
    (
        "CREATE INDEX incoming_document_due ON incoming_document (tenant_id, answerable_until, document_id) "
        "WHERE answer = 'none' AND answerable_until IS NOT NULL"
    ),
    (
        "CREATE INDEX incoming_document_of_ours ON incoming_document (tenant_id, references_id) "
        "WHERE references_id IS NOT NULL"
    ),
    "ALTER TABLE saved_search ADD COLUMN place TEXT DEFAULT 'archive' NOT NULL",
    "ALTER TABLE saved_search ADD CONSTRAINT saved_search_place CHECK (place IN ('archive', 'outgoing', 'incoming'))",
    "ALTER TABLE saved_search DROP CONSTRAINT saved_search_tenant_id_owner_folded_key",
    (
        "ALTER TABLE saved_search ADD CONSTRAINT saved_search_tenant_id_owner_place_folded_key "
        "UNIQUE (tenant_id, owner, place, folded)"
    ),
)
DOWN = (
    "DELETE FROM saved_search WHERE place <> 'archive'",
    "ALTER TABLE saved_search DROP CONSTRAINT saved_search_tenant_id_owner_place_folded_key",
    "ALTER TABLE saved_search ADD CONSTRAINT saved_search_tenant_id_owner_folded_key UNIQUE (tenant_id, owner, folded)",
    "ALTER TABLE saved_search DROP COLUMN place",
    "DROP INDEX incoming_document_of_ours",
    "DROP INDEX incoming_document_due",
    "DROP INDEX incoming_document_untaken",
    "ALTER TABLE incoming_document DROP COLUMN taken_at, DROP COLUMN taken_by",
    "DROP INDEX document_replacing",
    "DROP INDEX document_awaiting",
    "DROP INDEX document_by_answer",
    "DROP INDEX document_by_kind",
)


def upgrade() -> None:
    """Indexes, two columns, a place."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Searches of lists are forgotten; what was taken over is not known any more."""
    for statement in DOWN:
        op.execute(statement)
