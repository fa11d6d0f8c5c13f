"""Envelopes that hold no document of ours (parcels); GİB's lists in generations, and user envelopes."""

from alembic import op

revision = "0022_registered_users"
down_revision = "0021_earsiv"
branch_labels = None
depends_on = None

OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"

UP = (
    """ALTER TABLE zarf ADD COLUMN cargo TEXT DEFAULT 'document' NOT NULL""",
    """ALTER TABLE zarf ALTER COLUMN sha256 DROP NOT NULL""",
    """ALTER TABLE zarf ADD CONSTRAINT zarf_cargo CHECK (cargo IN ('document', 'answer', 'receipt', 'user', 'system'))""",
    """ALTER TABLE zarf ADD CONSTRAINT zarf_packed CHECK (sha256 IS NOT NULL OR (cargo <> 'document' AND state IN ('prepared', 'ended')))""",
    """CREATE TABLE parcel (
    tenant_id UUID NOT NULL,
    zarf_id UUID NOT NULL,
    object_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    zarf_type TEXT NOT NULL,
    sender_vkn_tckn TEXT NOT NULL,
    sender_title TEXT NOT NULL,
    receiver_title TEXT NOT NULL,
    CONSTRAINT parcel_pkey PRIMARY KEY (tenant_id, zarf_id),
    CONSTRAINT parcel_zarf_type CHECK (zarf_type IN ('SENDERENVELOPE', 'POSTBOXENVELOPE', 'SYSTEMENVELOPE', 'USERENVELOPE'))
)""",
    """CREATE INDEX parcel_of ON parcel (tenant_id, object_id)""",
    """ALTER TABLE parcel ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE parcel FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON parcel TO ebelge_app""",
    f"""CREATE POLICY parcel_app ON parcel TO ebelge_app USING ({OWN}) WITH CHECK ({OWN})""",
    """GRANT SELECT ON parcel TO ebelge_reader""",
    """CREATE POLICY parcel_reader ON parcel TO ebelge_reader USING (true) WITH CHECK (true)""",
)

DOWN = (
    """DROP TABLE parcel""",
    """ALTER TABLE zarf DROP CONSTRAINT zarf_packed""",
    """ALTER TABLE zarf DROP CONSTRAINT zarf_cargo""",
    # Envelopes that were never packed were never sent.
    """ALTER TABLE zarf NO FORCE ROW LEVEL SECURITY""",
    """DELETE FROM zarf WHERE sha256 IS NULL""",
    """ALTER TABLE zarf FORCE ROW LEVEL SECURITY""",
    """ALTER TABLE zarf ALTER COLUMN sha256 SET NOT NULL""",
    """ALTER TABLE zarf DROP COLUMN cargo""",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in UP:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in DOWN:
        run(statement)
