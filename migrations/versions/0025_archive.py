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
    """CREATE TABLE archive_entry (
    tenant_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    source TEXT NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    vkn_tckn TEXT NOT NULL,
    day DATE NOT NULL,
    amount_kurus BIGINT,
    currency TEXT NOT NULL,
    series_id UUID,
    words TSVECTOR NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT archive_entry_pkey PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT archive_entry_source CHECK (source IN ('outgoing', 'incoming', 'old', 'file')),
    CONSTRAINT archive_entry_direction CHECK (direction IN ('out', 'in', 'none'))
)""",
    """CREATE INDEX archive_entry_by_amount ON archive_entry (tenant_id, amount_kurus, entry_id)""",
    """CREATE INDEX archive_entry_by_day ON archive_entry (tenant_id, day, entry_id)""",
    """CREATE INDEX archive_entry_by_number ON archive_entry (tenant_id, number, entry_id)""",
    """CREATE INDEX archive_entry_by_other ON archive_entry (tenant_id, vkn_tckn, day, entry_id)""",
    """CREATE INDEX archive_entry_words ON archive_entry USING gin (words)""",
    """ALTER TABLE archive_entry ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE archive_entry FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON archive_entry TO ebelge_app""",
    """CREATE POLICY archive_entry_app ON archive_entry TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON archive_entry TO ebelge_reader""",
    """CREATE POLICY archive_entry_reader ON archive_entry TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON archive_entry TO ebelge_directory""",
    """CREATE POLICY archive_entry_directory ON archive_entry TO ebelge_directory USING (true) WITH CHECK (true)""",
    """CREATE TABLE archive_file (
    tenant_id UUID NOT NULL,
    file_id UUID NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    day DATE NOT NULL,
    kept_until DATE NOT NULL,
    added_by TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT archive_file_pkey PRIMARY KEY (tenant_id, file_id),
    CONSTRAINT archive_file_kind CHECK (kind IN ('other', 'contract', 'report', 'statement', 'edefter')),
    CONSTRAINT archive_file_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT archive_file_not_empty CHECK (size_bytes > 0)
)""",
    """CREATE INDEX archive_file_by_time ON archive_file (tenant_id, added_at, file_id)""",
    """ALTER TABLE archive_file ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE archive_file FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON archive_file TO ebelge_app""",
    """CREATE POLICY archive_file_app ON archive_file TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON archive_file TO ebelge_reader""",
    """CREATE POLICY archive_file_reader ON archive_file TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER archive_file_append_only BEFORE UPDATE OR DELETE ON archive_file FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER archive_file_no_truncate BEFORE TRUNCATE ON archive_file FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE ledger_file (
    tenant_id UUID NOT NULL,
    file_id UUID NOT NULL,
    base_name TEXT NOT NULL,
    month DATE NOT NULL,
    type TEXT NOT NULL,
    part INTEGER NOT NULL,
    branch TEXT NOT NULL,
    by_gib BOOLEAN NOT NULL,
    signature_sha256 BYTEA,
    bound_sha256 BYTEA,
    CONSTRAINT ledger_file_pkey PRIMARY KEY (tenant_id, file_id),
    CONSTRAINT ledger_file_tenant_id_file_id_fkey FOREIGN KEY(tenant_id, file_id) REFERENCES archive_file (tenant_id, file_id),
    CONSTRAINT ledger_file_tenant_id_base_name_key UNIQUE (tenant_id, base_name),
    CONSTRAINT ledger_file_type CHECK (type IN ('Y', 'K', 'YB', 'KB', 'DR')),
    CONSTRAINT ledger_file_part_has_six_digits CHECK (part BETWEEN 0 AND 999999)
)""",
    """CREATE INDEX ledger_file_by_month ON ledger_file (tenant_id, month, branch, type, part)""",
    """ALTER TABLE ledger_file ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE ledger_file FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON ledger_file TO ebelge_app""",
    """CREATE POLICY ledger_file_app ON ledger_file TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON ledger_file TO ebelge_reader""",
    """CREATE POLICY ledger_file_reader ON ledger_file TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER ledger_file_append_only BEFORE UPDATE OR DELETE ON ledger_file FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER ledger_file_no_truncate BEFORE TRUNCATE ON ledger_file FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE storage_month (
    tenant_id UUID NOT NULL,
    month DATE NOT NULL,
    size_bytes BIGINT NOT NULL,
    units BIGINT NOT NULL,
    kontor BIGINT NOT NULL,
    charge_id UUID,
    charged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT storage_month_pkey PRIMARY KEY (tenant_id, month),
    CONSTRAINT storage_month_units_counted CHECK (units >= 0)
)""",
    """ALTER TABLE storage_month ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE storage_month FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON storage_month TO ebelge_app""",
    """CREATE POLICY storage_month_app ON storage_month TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON storage_month TO ebelge_reader""",
    """CREATE POLICY storage_month_reader ON storage_month TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER storage_month_append_only BEFORE UPDATE OR DELETE ON storage_month FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER storage_month_no_truncate BEFORE TRUNCATE ON storage_month FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE tag (
    tenant_id UUID NOT NULL,
    tag_id UUID NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    colour TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT tag_pkey PRIMARY KEY (tenant_id, tag_id),
    CONSTRAINT tag_tenant_id_folded_key UNIQUE (tenant_id, folded),
    CONSTRAINT tag_colour CHECK (colour IN ('grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'brown'))
)""",
    """ALTER TABLE tag ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE tag FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON tag TO ebelge_app""",
    """CREATE POLICY tag_app ON tag TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON tag TO ebelge_reader""",
    """CREATE POLICY tag_reader ON tag TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE archive_tag (
    tenant_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    tag_id UUID NOT NULL,
    tagged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT archive_tag_pkey PRIMARY KEY (tenant_id, entry_id, tag_id),
    CONSTRAINT archive_tag_tenant_id_tag_id_fkey FOREIGN KEY(tenant_id, tag_id) REFERENCES tag (tenant_id, tag_id) ON DELETE CASCADE
)""",
    """CREATE INDEX archive_tag_by_tag ON archive_tag (tenant_id, tag_id, entry_id)""",
    """ALTER TABLE archive_tag ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE archive_tag FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, DELETE ON archive_tag TO ebelge_app""",
    """CREATE POLICY archive_tag_app ON archive_tag TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON archive_tag TO ebelge_reader""",
    """CREATE POLICY archive_tag_reader ON archive_tag TO ebelge_reader USING (true) WITH CHECK (true)""",
    """GRANT SELECT ON archive_tag TO ebelge_directory""",
    """CREATE POLICY archive_tag_directory ON archive_tag TO ebelge_directory USING (true) WITH CHECK (true)""",
    """CREATE TABLE saved_search (
    tenant_id UUID NOT NULL,
    search_id UUID NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    filters JSONB NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT saved_search_pkey PRIMARY KEY (tenant_id, search_id),
    CONSTRAINT saved_search_tenant_id_owner_folded_key UNIQUE (tenant_id, owner, folded)
)""",
    """ALTER TABLE saved_search ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE saved_search FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE, DELETE ON saved_search TO ebelge_app""",
    """CREATE POLICY saved_search_app ON saved_search TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON saved_search TO ebelge_reader""",
    """CREATE POLICY saved_search_reader ON saved_search TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TABLE integrity_check (
    tenant_id UUID NOT NULL,
    check_id UUID NOT NULL,
    whole BOOLEAN NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    files BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    broken BIGINT NOT NULL,
    round_began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    round_ended BOOLEAN NOT NULL,
    place TEXT DEFAULT '' NOT NULL,
    CONSTRAINT integrity_check_pkey PRIMARY KEY (tenant_id, check_id),
    CONSTRAINT integrity_check_counted CHECK (files >= 0 AND size_bytes >= 0 AND broken >= 0)
)""",
    """CREATE INDEX integrity_check_by_time ON integrity_check (tenant_id, ended_at, check_id)""",
    """ALTER TABLE integrity_check ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE integrity_check FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT ON integrity_check TO ebelge_app""",
    """CREATE POLICY integrity_check_app ON integrity_check TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON integrity_check TO ebelge_reader""",
    """CREATE POLICY integrity_check_reader ON integrity_check TO ebelge_reader USING (true) WITH CHECK (true)""",
    """CREATE TRIGGER integrity_check_append_only BEFORE UPDATE OR DELETE ON integrity_check FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TRIGGER integrity_check_no_truncate BEFORE TRUNCATE ON integrity_check FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()""",
    """CREATE TABLE integrity_break (
    tenant_id UUID NOT NULL,
    object_id UUID NOT NULL,
    name TEXT NOT NULL,
    what TEXT NOT NULL,
    label TEXT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    gone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT integrity_break_pkey PRIMARY KEY (tenant_id, object_id, name),
    CONSTRAINT integrity_break_what CHECK (what IN ('missing', 'changed', 'unreadable', 'without_row'))
)""",
    """CREATE INDEX integrity_break_open ON integrity_break (tenant_id, found_at) WHERE gone_at IS NULL""",
    """ALTER TABLE integrity_break ENABLE ROW LEVEL SECURITY""",
    """ALTER TABLE integrity_break FORCE ROW LEVEL SECURITY""",
    """GRANT SELECT, INSERT, UPDATE ON integrity_break TO ebelge_app""",
    """CREATE POLICY integrity_break_app ON integrity_break TO ebelge_app USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)""",
    """GRANT SELECT ON integrity_break TO ebelge_reader""",
    """CREATE POLICY integrity_break_reader ON integrity_break TO ebelge_reader USING (true) WITH CHECK (true)""",
)
TABLES = (
    "integrity_break",
    "integrity_check",
    "saved_search",
    "archive_tag",
    "tag",
    "storage_month",
    "ledger_file",
    "archive_file",
    "archive_entry",
    "archive_key",
)

FUNCTIONS = (
    """-- The one search over the archive: a page of entries, newest first. It runs as the role directory, whose policy shows all
-- rows, because under a tenant's policy full text would lose its index; so it names the tenant itself, and answers only
-- for the session's own. p_words are capitals and digits; each must begin a word of the entry. p_series: only what these
-- series have numbered. Absent filters are NULL.
CREATE OR REPLACE FUNCTION archive_search(
    p_tenant uuid, p_source text, p_direction text, p_kind text, p_day_from date, p_day_to date, p_vkn_tckn text,
    p_number text, p_amount_from bigint, p_amount_to bigint, p_tags uuid[], p_words text[], p_series uuid[],
    p_after_day date, p_after_id uuid, p_limit int
) RETURNS TABLE (
    entry_id uuid, source text, direction text, kind text, number text, title text, vkn_tckn text, day date,
    amount_kurus bigint, currency text, added_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_mark text := right(replace(p_tenant::text, '-', ''), 8);
    v_query tsquery;
    v_where text := 'e.tenant_id = $1';
BEGIN
    IF p_tenant IS DISTINCT FROM nullif(current_setting('app.tenant_id', true), '')::uuid OR p_tenant IS NULL THEN
        RETURN;
    END IF;
    IF cardinality(p_words) > 0 THEN
        SELECT string_agg('''' || v_mark || w || ''':*', ' & ')::tsquery INTO v_query
          FROM unnest(p_words) AS w WHERE w ~ '^[A-Z0-9]{1,40}$';
        IF v_query IS NULL THEN
            RETURN;
        END IF;
        v_where := v_where || ' AND e.words @@ $12';
    END IF;
    -- Only what is asked for stands in the statement, so each way of asking is planned for itself.
    v_where := v_where
        || CASE WHEN p_source IS NULL THEN '' ELSE ' AND e.source = $2' END
        || CASE WHEN p_direction IS NULL THEN '' ELSE ' AND e.direction = $3' END
        || CASE WHEN p_kind IS NULL THEN '' ELSE ' AND e.kind = $4' END
        || CASE WHEN p_day_from IS NULL THEN '' ELSE ' AND e.day >= $5' END
        || CASE WHEN p_day_to IS NULL THEN '' ELSE ' AND e.day <= $6' END
        || CASE WHEN p_vkn_tckn IS NULL THEN '' ELSE ' AND e.vkn_tckn = $7' END
        || CASE WHEN p_number IS NULL THEN '' ELSE ' AND e.number = $8' END
        || CASE WHEN p_amount_from IS NULL THEN '' ELSE ' AND e.amount_kurus >= $9' END
        || CASE WHEN p_amount_to IS NULL THEN '' ELSE ' AND e.amount_kurus <= $10' END
        || CASE WHEN coalesce(cardinality(p_tags), 0) = 0 THEN '' ELSE
            ' AND e.entry_id IN (SELECT t.entry_id FROM archive_tag t WHERE t.tenant_id = $1 AND t.tag_id = ANY($11)'
            || ' GROUP BY t.entry_id HAVING count(*) = cardinality($11))' END
        || CASE WHEN p_series IS NULL THEN '' ELSE ' AND e.series_id = ANY($13)' END
        || CASE WHEN p_after_id IS NULL THEN '' ELSE ' AND (e.day, e.entry_id) < ($14, $15)' END;
    RETURN QUERY EXECUTE
        'SELECT e.entry_id, e.source, e.direction, e.kind, e.number, e.title, e.vkn_tckn, e.day, e.amount_kurus,'
        || ' e.currency, e.added_at FROM archive_entry e WHERE ' || v_where
        || ' ORDER BY e.day DESC, e.entry_id DESC LIMIT $16'
        USING p_tenant, p_source, p_direction, p_kind, p_day_from, p_day_to, p_vkn_tckn, p_number, p_amount_from,
              p_amount_to, p_tags, v_query, p_series, p_after_day, p_after_id, p_limit;
END $$;""",
)
SEARCH = "archive_search(uuid, text, text, text, date, date, text, text, bigint, bigint, uuid[], text[], uuid[], date, uuid, int)"
OWNERS = (
    "GRANT CREATE ON SCHEMA public TO ebelge_directory",
    f"ALTER FUNCTION {SEARCH} OWNER TO ebelge_directory",
    f"REVOKE ALL ON FUNCTION {SEARCH} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {SEARCH} TO ebelge_directory",
    f"GRANT EXECUTE ON FUNCTION {SEARCH} TO ebelge_app",
    "REVOKE CREATE ON SCHEMA public FROM ebelge_directory",
)
INDEXES = (
    "CREATE INDEX document_by_arrival ON document USING brin (created_at)",
    "CREATE INDEX incoming_document_by_arrival ON incoming_document USING brin (received_at)",
)
ROWS = (
    "ALTER TABLE charge_kind NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE price NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO charge_kind (kind, title_tr, title_en) VALUES ('storage.100mb_month', 'e-Defter saklama (100 MB, ay)', 'e-Defter storage (100 MB, month)')",
    "INSERT INTO price (price_id, kind, scope, kontor, valid, note) VALUES ('00000000-0000-7000-8000-00000000000b', 'storage.100mb_month', '00000000-0000-0000-0000-000000000000', 1, tstzrange('2026-01-01 00:00:00+03', NULL), 'opening rate card')",
    "ALTER TABLE charge_kind FORCE ROW LEVEL SECURITY",
    "ALTER TABLE price FORCE ROW LEVEL SECURITY",
    # e-Defter storage can be had: every account has a row of each service
    "ALTER TABLE service NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO service (tenant_id, service, state, seal_mode) SELECT DISTINCT tenant_id, 'edefter', 'not_wanted', 'operator' FROM service",
    "ALTER TABLE service FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for statement in (*STATEMENTS, *FUNCTIONS, *OWNERS, *INDEXES, *ROWS):
        run(statement)


def downgrade() -> None:
    run = op.get_bind().connection.dbapi_connection.execute
    run("SET LOCAL lock_timeout = '5s'")
    for table in ("price", "charge_kind"):
        run(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    run("ALTER TABLE price DISABLE TRIGGER USER")
    run("DELETE FROM price WHERE kind = 'storage.100mb_month'")
    run("ALTER TABLE price ENABLE TRIGGER USER")
    run("ALTER TABLE service NO FORCE ROW LEVEL SECURITY")
    run("DELETE FROM service WHERE service = 'edefter'")
    run("ALTER TABLE service FORCE ROW LEVEL SECURITY")
    run("DELETE FROM charge_kind WHERE kind = 'storage.100mb_month'")
    for table in ("price", "charge_kind"):
        run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    run(f"DROP FUNCTION {SEARCH}")
    run("DROP INDEX document_by_arrival")
    run("DROP INDEX incoming_document_by_arrival")
    for table in TABLES:
        run(f"DROP TABLE {table}")
