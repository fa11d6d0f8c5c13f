-- Which account a taxpayer has in a mode, for sign-up; its answer to a stranger is the same either way.
CREATE OR REPLACE FUNCTION tenant_of_vkn(p_mode text, p_vkn_tckn text)
RETURNS TABLE (tenant_id uuid, kind text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id, t.kind, t.state
      FROM tenant t WHERE t.mode = p_mode AND t.vkn_tckn = p_vkn_tckn AND t.kind <> 'pool'
$$;
