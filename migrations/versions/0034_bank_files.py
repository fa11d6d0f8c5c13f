"""Statement files handed in on a page wait for a worker, with how far he is and what came of them (ADR 0145)."""

from alembic import op

revision = "0034_bank_files"
down_revision = "0033_overview"
branch_labels = None
depends_on = None

UP = (
    """CREATE TABLE bank_file (
    file_id UUID NOT NULL,
    account_id UUID NOT NULL,
    sha256 TEXT NOT NULL,
    file_name TEXT NOT NULL,
    data BYTEA,
    state TEXT NOT NULL,
    lines INTEGER DEFAULT 0 NOT NULL,
    lines_done INTEGER DEFAULT 0 NOT NULL,
    new_lines INTEGER DEFAULT 0 NOT NULL,
    matched INTEGER DEFAULT 0 NOT NULL,
    already BOOLEAN DEFAULT false NOT NULL,
    refusal JSONB,
    statement_id UUID,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT bank_file_pkey PRIMARY KEY (file_id),
    CONSTRAINT bank_file_state CHECK (state IN ('waiting', 'keeping', 'matching', 'done', 'refused')),
    CONSTRAINT bank_file_ended CHECK ((state IN ('done', 'refused')) = (ended_at IS NOT NULL)),
    CONSTRAINT bank_file_bytes_until_it_ends CHECK ((data IS NULL) = (ended_at IS NOT NULL)),
    CONSTRAINT bank_file_account_id_fkey FOREIGN KEY(account_id) REFERENCES bank_account (account_id),
    CONSTRAINT bank_file_statement_id_fkey FOREIGN KEY(statement_id) REFERENCES bank_statement (statement_id)
)""",
    """CREATE INDEX bank_file_newest ON bank_file (asked_at)""",
    """CREATE UNIQUE INDEX bank_file_once ON bank_file (account_id, sha256) WHERE state <> 'refused'""",
    """ALTER TABLE bank_file ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE bank_file FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON bank_file TO ebelge_finance""",
    """CREATE POLICY bank_file_finance ON bank_file TO ebelge_finance USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON bank_file TO ebelge_reader""",
    """CREATE POLICY bank_file_reader ON bank_file TO ebelge_reader USING (true) WITH CHECK (true)""",
)
DOWN = ("""DROP TABLE bank_file""",)


def upgrade() -> None:
    _run(UP)


def downgrade() -> None:
    _run(DOWN)


def _run(statements: tuple[str, ...]) -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in statements:
        run(statement)
