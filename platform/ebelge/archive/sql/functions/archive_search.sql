-- The one search over the archive: a page of entries, newest first. It runs as the role directory, whose policy shows all
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
END $$;
