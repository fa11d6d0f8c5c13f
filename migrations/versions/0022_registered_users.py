"""Envelopes that hold no document of ours (parcels); GİB's lists in generations, and user envelopes."""

from alembic import op

revision = "0022_registered_users"
down_revision = "0021_earsiv"
branch_labels = None
depends_on = None

OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"


def _operator(table: str, privileges: str) -> tuple[str, ...]:
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT {privileges} ON {table} TO ebelge_app",
        f"CREATE POLICY {table}_app ON {table} TO ebelge_app USING (true) WITH CHECK (true)",
        f"GRANT SELECT ON {table} TO ebelge_reader",
        f"CREATE POLICY {table}_reader ON {table} TO ebelge_reader USING (true) WITH CHECK (true)",
    )


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
    """CREATE TABLE user_envelope (
    tenant_id UUID NOT NULL,
    request_id UUID NOT NULL,
    service TEXT NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    given_sha256 BYTEA NOT NULL,
    signed_sha256 BYTEA,
    zarf_id UUID,
    code INTEGER,
    code_text TEXT DEFAULT '' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT user_envelope_pkey PRIMARY KEY (tenant_id, request_id),
    CONSTRAINT user_envelope_action CHECK (action IN ('open', 'close')),
    CONSTRAINT user_envelope_state CHECK (state IN ('given', 'sent', 'done', 'refused')),
    CONSTRAINT user_envelope_sent_is_signed CHECK ((state = 'given') = (signed_sha256 IS NULL))
)""",
    """CREATE UNIQUE INDEX user_envelope_open ON user_envelope (tenant_id, service) WHERE state = 'sent'""",
    """ALTER TABLE user_envelope ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE user_envelope FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON user_envelope TO ebelge_app""",
    f"""CREATE POLICY user_envelope_app ON user_envelope TO ebelge_app USING ({OWN}) WITH CHECK ({OWN})""",
    """GRANT SELECT ON user_envelope TO ebelge_reader""",
    """CREATE POLICY user_envelope_reader ON user_envelope TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE INDEX parcel_of ON parcel (tenant_id, object_id)""",
    """ALTER TABLE parcel ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE parcel FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON parcel TO ebelge_app""",
    f"""CREATE POLICY parcel_app ON parcel TO ebelge_app USING ({OWN}) WITH CHECK ({OWN})""",
    """GRANT SELECT ON parcel TO ebelge_reader""",
    """CREATE POLICY parcel_reader ON parcel TO ebelge_reader USING (true) WITH CHECK (true)""",
    # an alias that was closed and opened again has a row for each period
    """ALTER TABLE gib_alias DROP CONSTRAINT gib_alias_pkey""",
    """ALTER TABLE gib_alias ADD CONSTRAINT gib_alias_pkey PRIMARY KEY (mode, vkn_tckn, document_type, role, alias, created_at)""",
    """ALTER TABLE gib_list_load ADD COLUMN role TEXT DEFAULT 'PK' NOT NULL""",
    """ALTER TABLE gib_list_load ADD COLUMN etag TEXT DEFAULT '' NOT NULL""",
    """ALTER TABLE gib_list_load ADD COLUMN opened INTEGER DEFAULT 0 NOT NULL""",
    """ALTER TABLE gib_list_load ADD COLUMN changed INTEGER DEFAULT 0 NOT NULL""",
    """ALTER TABLE gib_list_load ADD COLUMN closed INTEGER DEFAULT 0 NOT NULL""",
    """ALTER TABLE gib_list_load ADD COLUMN refused_at TIMESTAMP WITH TIME ZONE""",
    """ALTER TABLE gib_list_load ADD COLUMN refused TEXT DEFAULT '' NOT NULL""",
    """ALTER TABLE gib_list_load DROP CONSTRAINT gib_list_load_pkey""",
    """ALTER TABLE gib_list_load ADD CONSTRAINT gib_list_load_pkey PRIMARY KEY (mode, role)""",
    """ALTER TABLE gib_list_load ADD CONSTRAINT gib_list_load_role CHECK (role IN ('PK', 'GB', 'TEMP'))""",
    """CREATE TABLE gib_closure (
    mode TEXT NOT NULL,
    vkn_tckn TEXT NOT NULL,
    closure_date DATE NOT NULL,
    new_identifier TEXT NOT NULL,
    status TEXT NOT NULL,
    registration_code TEXT NOT NULL,
    registration_description TEXT NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gone_at TIMESTAMP WITH TIME ZONE,
    told_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT gib_closure_pkey PRIMARY KEY (mode, vkn_tckn, closure_date),
    CONSTRAINT gib_closure_mode CHECK (mode IN ('live', 'test'))
)""",
    """CREATE INDEX gib_closure_untold ON gib_closure (mode) WHERE told_at IS NULL""",
    *_operator("gib_closure", "SELECT, INSERT, UPDATE"),
    """CREATE TABLE gib_health (
    mode TEXT NOT NULL,
    down_since TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    detail TEXT DEFAULT '' NOT NULL,
    CONSTRAINT gib_health_pkey PRIMARY KEY (mode),
    CONSTRAINT gib_health_mode CHECK (mode IN ('live', 'test'))
)""",
    *_operator("gib_health", "SELECT, INSERT, UPDATE"),
)

DOWN = (
    """DROP TABLE user_envelope""",
    """DROP TABLE gib_health""",
    """DROP TABLE gib_closure""",
    # one list, one period of an alias: the open one, else the latest
    """ALTER TABLE gib_list_load NO FORCE ROW LEVEL SECURITY""",
    """DELETE FROM gib_list_load WHERE role <> 'PK'""",
    """ALTER TABLE gib_list_load FORCE ROW LEVEL SECURITY""",
    """ALTER TABLE gib_list_load DROP CONSTRAINT gib_list_load_role""",
    """ALTER TABLE gib_list_load DROP CONSTRAINT gib_list_load_pkey""",
    """ALTER TABLE gib_list_load ADD CONSTRAINT gib_list_load_pkey PRIMARY KEY (mode)""",
    """ALTER TABLE gib_list_load DROP COLUMN refused""",
    """ALTER TABLE gib_list_load DROP COLUMN refused_at""",
    """ALTER TABLE gib_list_load DROP COLUMN closed""",
    """ALTER TABLE gib_list_load DROP COLUMN changed""",
    """ALTER TABLE gib_list_load DROP COLUMN opened""",
    """ALTER TABLE gib_list_load DROP COLUMN etag""",
    """ALTER TABLE gib_list_load DROP COLUMN role""",
    """ALTER TABLE gib_alias NO FORCE ROW LEVEL SECURITY""",
    """DELETE FROM gib_alias g USING gib_alias o WHERE (o.mode, o.vkn_tckn, o.document_type, o.role, o.alias)
       = (g.mode, g.vkn_tckn, g.document_type, g.role, g.alias) AND (o.deleted_at IS NULL AND g.deleted_at IS NOT NULL
       OR (o.deleted_at IS NULL) = (g.deleted_at IS NULL) AND o.created_at > g.created_at)""",
    """ALTER TABLE gib_alias FORCE ROW LEVEL SECURITY""",
    """ALTER TABLE gib_alias DROP CONSTRAINT gib_alias_pkey""",
    """ALTER TABLE gib_alias ADD CONSTRAINT gib_alias_pkey PRIMARY KEY (mode, vkn_tckn, document_type, role, alias)""",
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
