-- A version (of a price, a package, a contract) never changes. Only its end may be drawn nearer, and not into the past:
-- what was sold under it stays explained. Runs as whoever changes the row.
CREATE OR REPLACE FUNCTION version_only_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_same jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'EL012';
    END IF;
    v_same := to_jsonb(NEW) - 'valid';
    IF v_same IS DISTINCT FROM to_jsonb(OLD) - 'valid'
       OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
       OR upper(NEW.valid) IS NULL
       OR upper(NEW.valid) > coalesce(upper(OLD.valid), 'infinity')
       OR upper(NEW.valid) < greatest(lower(OLD.valid), now() - interval '60 seconds') THEN
        RAISE EXCEPTION 'a version of % changes in nothing but an earlier end to come', TG_TABLE_NAME
            USING ERRCODE = 'EL012';
    END IF;
    RETURN NEW;
END $$;
