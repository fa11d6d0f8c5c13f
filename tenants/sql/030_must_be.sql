-- End the transaction unless a statement found what it had to find: what follows in the same message, the commit
-- included, is then not run. The error carries p_sqlstate and, as its message, what was found (ADR 0098).
CREATE OR REPLACE FUNCTION must_be(p_found bigint, p_wanted bigint, p_sqlstate text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF p_found IS DISTINCT FROM p_wanted THEN
        RAISE EXCEPTION USING ERRCODE = p_sqlstate, MESSAGE = coalesce(p_found::text, '-');
    END IF;
END $$;
