"""The view by which reconciliation reads what became of documents."""

from alembic import op

revision = "0006_document_outcomes"
down_revision = "0005_sales"
branch_labels = None
depends_on = None

VIEW = """-- What became of each document, for whoever compares charges with documents. Its readers' own policies decide what
-- they see (security_invoker). charge_due: the state in which the document's charge must be.
CREATE OR REPLACE VIEW document_outcomes WITH (security_invoker = true) AS
SELECT d.tenant_id, d.document_id, d.kind || '.out' AS charge_kind, d.number AS reference, d.state, d.kontor, d.price_id,
       d.payable_kurus, d.signed_sha256 IS NOT NULL AS signed, d.created_by, d.created_at,
       CASE d.state WHEN 'accepted' THEN 'held'
                    WHEN 'withdrawn' THEN 'released'
                    WHEN 'failed' THEN 'released'
                    WHEN 'refused' THEN 'restored'
                    WHEN 'given_up' THEN 'restored'
                    ELSE 'captured' END AS charge_due
  FROM document d"""


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run(VIEW)
    run("GRANT SELECT ON document_outcomes TO ebelge_reader, ebelge_app")


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP VIEW document_outcomes")
