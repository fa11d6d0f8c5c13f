-- The ledger's clock, a function of its own: a test of months replaces it in its own database.
-- It reads nothing that a caller could set, and only the ledger's role may call or (with the owner) replace it.
CREATE OR REPLACE FUNCTION ledger_now() RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$ SELECT clock_timestamp() $$;
