"""The archive: keys that seal its files, its index, files of any kind, tags, saved searches, integrity checks."""

from alembic import op

revision = "0025_archive"
down_revision = "0024_certificates"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE archive_key (
    tenant_id UUID NOT NULL,
    key_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    closed_key BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT archive_key_pkey PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT archive_key_tenant_id_number_key UNIQUE (tenant_id, number),
    CONSTRAINT archive_key_number_counts CHECK (number >= 1)
)""",
    """ALTER TABLE archive_key ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE archive_key FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON archive_key TO ebelge_app""",
    """CREATE POLICY archive_key_app ON archive_key TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON archive_key TO ebelge_reader""",
    """CREATE POLICY archive_key_reader ON archive_key TO ebelge_reader USING (true) WITH CHECK (true)""",
)
TABLES = ("archive_key",)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        run(f"DROP TABLE {table}")
