"""What a reseller's people see of their customers, kept by the database; a role for people who sign in."""

from alembic import op

revision = "0007_reseller_role"
down_revision = "0006_document_outcomes"
branch_labels = None
depends_on = None

OWN = "reseller_id = nullif(current_setting('app.reseller_id', true), '')::uuid"
THEIRS = f"tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.{OWN})"
TABLES = ("tenant", "service", "wallet")
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO ebelge_reseller, ebelge_people",
    *(f"GRANT SELECT ON {table} TO ebelge_reseller" for table in TABLES),
)
POLICIES = tuple(
    f"CREATE POLICY {table}_reseller ON {table} TO ebelge_reseller USING ({rows}) WITH CHECK ({rows})"
    for table, rows in (("tenant", OWN), ("service", THEIRS), ("wallet", THEIRS))
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*GRANTS, *POLICIES):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        run(f"DROP POLICY {table}_reseller ON {table}")
        run(f"REVOKE ALL ON {table} FROM ebelge_reseller")
    run("REVOKE USAGE ON SCHEMA public FROM ebelge_reseller, ebelge_people")
