"""Stylesheets of a tenant's own, kept once each; a version of a design may name one. PDFs beside mails as a setting."""

from alembic import op

revision = "0023_designs"
down_revision = "0022_registered_users"
branch_labels = None
depends_on = None

UP = (
    """CREATE TABLE design_stylesheet (
    tenant_id UUID NOT NULL,
    sha256 BYTEA NOT NULL,
    data BYTEA NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT design_stylesheet_pkey PRIMARY KEY (tenant_id, sha256),
    CONSTRAINT design_stylesheet_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT design_stylesheet_size CHECK (octet_length(data) <= 1048576)
)""",
    """ALTER TABLE design_stylesheet ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE design_stylesheet FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON design_stylesheet TO ebelge_app""",
    """CREATE POLICY design_stylesheet_app ON design_stylesheet TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON design_stylesheet TO ebelge_reader""",
    """CREATE POLICY design_stylesheet_reader ON design_stylesheet TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER design_stylesheet_append_only BEFORE UPDATE OR DELETE ON design_stylesheet FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER design_stylesheet_no_truncate BEFORE TRUNCATE ON design_stylesheet FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """ALTER TABLE design_version ADD COLUMN xslt_sha256 BYTEA""",
    """ALTER TABLE design_version ADD COLUMN xslt_name TEXT""",
    """ALTER TABLE design_version ADD CONSTRAINT design_version_tenant_id_xslt_sha256_fkey FOREIGN KEY (tenant_id, xslt_sha256) REFERENCES design_stylesheet (tenant_id, sha256)""",
    """ALTER TABLE design_version ADD CONSTRAINT design_version_xslt_has_a_name CHECK ((xslt_sha256 IS NULL) = (xslt_name IS NULL))""",
    """ALTER TABLE company_settings ADD COLUMN mail_pdf BOOLEAN""",
)
DOWN = (
    """ALTER TABLE company_settings DROP COLUMN mail_pdf""",
    """ALTER TABLE design_version DROP COLUMN xslt_sha256, DROP COLUMN xslt_name""",
    """DROP TABLE design_stylesheet""",
)


def upgrade() -> None:
    """Stylesheets beside designs."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Designs without stylesheets."""
    for statement in DOWN:
        op.execute(statement)
