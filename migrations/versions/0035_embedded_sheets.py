"""Our stylesheets lie in the database once, not in every document's XML (ADR 0139)."""

from alembic import op

revision = "0035_embedded_sheets"
down_revision = "0034_bank_files"
branch_labels = None
depends_on = None

UP = (
    """CREATE TABLE embedded_sheet (
    sha256 BYTEA NOT NULL,
    encoded BYTEA NOT NULL,
    CONSTRAINT embedded_sheet_pkey PRIMARY KEY (sha256),
    CONSTRAINT embedded_sheet_is_what_it_is_called CHECK (sha256(encoded) = sha256)
)""",
    """ALTER TABLE embedded_sheet ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE embedded_sheet FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON embedded_sheet TO ebelge_app""",
    """CREATE POLICY embedded_sheet_app ON embedded_sheet TO ebelge_app USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON embedded_sheet TO ebelge_reader""",
    """CREATE POLICY embedded_sheet_reader ON embedded_sheet TO ebelge_reader USING (true) WITH CHECK (true)""",
    # Neither rewrites the table: what was accepted before stays as it lies.
    """ALTER TABLE document_xml ADD COLUMN sheet_sha256 BYTEA""",
    """ALTER TABLE document_xml ADD COLUMN sheet_at INTEGER DEFAULT 0 NOT NULL""",
    """CREATE OR REPLACE VIEW document_source WITH (security_invoker = true) AS
SELECT x.tenant_id, x.document_id,
       CASE WHEN x.sheet_sha256 IS NULL THEN x.source
            ELSE substring(x.source FROM 1 FOR x.sheet_at) || s.encoded || substring(x.source FROM x.sheet_at + 1)
       END AS source
  FROM document_xml x LEFT JOIN embedded_sheet s ON s.sha256 = x.sheet_sha256""",
    """GRANT SELECT ON document_source TO ebelge_reader""",
    """GRANT SELECT ON document_source TO ebelge_app""",
)
DOWN = (
    """DROP VIEW document_source""",
    """ALTER TABLE document_xml NO FORCE ROW LEVEL SECURITY""",
    """ALTER TABLE embedded_sheet NO FORCE ROW LEVEL SECURITY""",
    """UPDATE document_xml x SET source =
    substring(x.source FROM 1 FOR x.sheet_at) || s.encoded || substring(x.source FROM x.sheet_at + 1)
    FROM embedded_sheet s WHERE s.sha256 = x.sheet_sha256""",
    """ALTER TABLE document_xml FORCE ROW LEVEL SECURITY""",
    """ALTER TABLE document_xml DROP COLUMN sheet_at""",
    """ALTER TABLE document_xml DROP COLUMN sheet_sha256""",
    """DROP TABLE embedded_sheet""",
)


def upgrade() -> None:
    _run(UP)


def downgrade() -> None:
    _run(DOWN)


def _run(statements: tuple[str, ...]) -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in statements:
        run(statement)
