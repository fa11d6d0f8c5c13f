"""e-Arşiv reports, cancellations and objections; e-SMM as the fifth kind; documents that are cancelled."""

from alembic import op

revision = "0021_earsiv"
down_revision = "0020_answers"
branch_labels = None
depends_on = None

OLD_KINDS = "('efatura', 'earsiv', 'eirsaliye', 'emm')"
KINDS = "('efatura', 'earsiv', 'eirsaliye', 'emm', 'esmm')"
OLD_STATES = "('accepted', 'signed', 'sent', 'unknown', 'delivered', 'undelivered', 'refused', 'given_up', 'withdrawn', 'failed')"
STATES = "('accepted', 'signed', 'sent', 'unknown', 'delivered', 'undelivered', 'refused', 'given_up', 'withdrawn', 'cancelled', 'failed')"
STATEMENTS = (
    """CREATE TABLE report (
    tenant_id UUID NOT NULL,
    report_id UUID NOT NULL,
    day DATE NOT NULL,
    period DATE NOT NULL,
    part INTEGER NOT NULL,
    late BOOLEAN DEFAULT false NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER DEFAULT 1 NOT NULL,
    lines INTEGER DEFAULT 0 NOT NULL,
    level TEXT DEFAULT '' NOT NULL,
    sha256 BYTEA,
    code INTEGER,
    code_text TEXT DEFAULT '' NOT NULL,
    replaces_id UUID,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT report_pkey PRIMARY KEY (tenant_id, report_id),
    CONSTRAINT report_state CHECK (state IN ('building', 'ready', 'sent', 'unknown', 'accepted', 'failed')),
    CONSTRAINT report_counts CHECK (part > 0 AND tries > 0 AND lines >= 0),
    CONSTRAINT report_period_is_the_month CHECK (period = date_trunc('month', day::timestamp)::date),
    CONSTRAINT report_signed_has_a_hash CHECK (state IN ('building', 'failed') OR sha256 IS NOT NULL),
    CONSTRAINT report_sha256_length CHECK (octet_length(sha256) = 32)
)""",
    """CREATE INDEX report_by_day ON report (tenant_id, day, report_id)""",
    """CREATE INDEX report_open ON report (due_at) WHERE state IN ('building', 'ready', 'sent', 'unknown')""",
    """CREATE UNIQUE INDEX report_part ON report (tenant_id, period, part) WHERE state <> 'failed'""",
    """ALTER TABLE report ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE report FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON report TO ebelge_app""",
    """CREATE POLICY report_app ON report TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON report TO ebelge_reader""",
    """CREATE POLICY report_reader ON report TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE report_remark (
    tenant_id UUID NOT NULL,
    remark_id UUID NOT NULL,
    document_id UUID NOT NULL,
    kind TEXT NOT NULL,
    day DATE NOT NULL,
    way TEXT,
    paper_number TEXT,
    paper_date DATE,
    text TEXT DEFAULT '' NOT NULL,
    state TEXT NOT NULL,
    report_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT report_remark_pkey PRIMARY KEY (tenant_id, remark_id),
    CONSTRAINT report_remark_kind CHECK (kind IN ('cancel', 'objection')),
    CONSTRAINT report_remark_state CHECK (state IN ('pending', 'reported', 'dropped')),
    CONSTRAINT report_remark_way CHECK (way IN ('KEP', 'NOTER', 'TELGRAF', 'TAAHHUTLU_MEKTUP')),
    CONSTRAINT report_remark_objection_has_a_paper CHECK ((kind = 'objection') = (way IS NOT NULL AND paper_number IS NOT NULL AND paper_date IS NOT NULL))
)""",
    """CREATE UNIQUE INDEX report_remark_of ON report_remark (tenant_id, document_id, kind)""",
    """CREATE INDEX report_remark_pending ON report_remark (tenant_id, day) WHERE state = 'pending'""",
    """ALTER TABLE report_remark ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE report_remark FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON report_remark TO ebelge_app""",
    """CREATE POLICY report_remark_app ON report_remark TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON report_remark TO ebelge_reader""",
    """CREATE POLICY report_remark_reader ON report_remark TO ebelge_reader USING (true) WITH CHECK (true)""",
    """ALTER TABLE report_line ADD COLUMN report_id UUID, ADD COLUMN late BOOLEAN DEFAULT false NOT NULL""",
    """CREATE INDEX report_line_of ON report_line (tenant_id, report_id)""",
    # Every account has a row for each service that can be had (FORCE would hide the rows from their owner).
    """ALTER TABLE service NO FORCE ROW LEVEL SECURITY""",
    """INSERT INTO service (tenant_id, service, state, seal_mode)
SELECT DISTINCT tenant_id, 'esmm', 'not_wanted', 'operator' FROM service
ON CONFLICT DO NOTHING""",
    """ALTER TABLE service FORCE ROW LEVEL SECURITY""",
)
UNDONE = (
    """DROP TABLE report_remark""",
    """DROP TABLE report""",
    """DROP INDEX report_line_of""",
    """ALTER TABLE report_line DROP COLUMN report_id, DROP COLUMN late""",
)


def _checks(kinds: str, states: str, line_states: str) -> list[str]:
    """The words that CHECKs allow, put in the place of others."""
    checks = [
        ("document", "document_kind", f"kind IN {kinds}"),
        ("series", "series_kind", f"kind IN {kinds}"),
        ("design", "design_kind", f"kind IN {kinds}"),
        ("document", "document_state", f"state IN {states}"),
        ("report_line", "report_line_state", f"state IN {line_states}"),
    ]
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({rule})"
        for table, name, rule in checks
    ]


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*STATEMENTS, *_checks(KINDS, STATES, "('pending', 'reported', 'dropped', 'stuck')")):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*UNDONE, *_checks(OLD_KINDS, OLD_STATES, "('pending', 'reported', 'dropped')")):
        run(statement)
