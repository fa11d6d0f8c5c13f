-- The ledger's clock, a function of its own so that tests of months need not wait for months.
CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public
AS $$ SELECT clock_timestamp() $$;
