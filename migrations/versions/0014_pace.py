"""What makes the hot paths shorter: a statement that ends its transaction unless it found what it had to. ADR 0098."""

from alembic import op

revision = "0014_pace"
down_revision = "0013_leaving"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """-- End the transaction unless a statement found what it had to find: what follows in the same message, the commit
-- included, is then not run. The error carries p_sqlstate and, as its message, what was found (ADR 0098).
CREATE OR REPLACE FUNCTION must_be(p_found bigint, p_wanted bigint, p_sqlstate text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF p_found IS DISTINCT FROM p_wanted THEN
        RAISE EXCEPTION USING ERRCODE = p_sqlstate, MESSAGE = coalesce(p_found::text, '-');
    END IF;
END $$;""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in FUNCTIONS:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    run("DROP FUNCTION must_be(bigint, bigint, text)")
