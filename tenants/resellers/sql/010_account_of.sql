-- Which account a taxpayer has in a mode, by the exact VKN or TCKN: its id and kind, nothing else. There is no listing.
CREATE OR REPLACE FUNCTION account_of(p_mode text, p_vkn_tckn text)
RETURNS TABLE (tenant_id uuid, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id, t.kind
      FROM tenant t WHERE t.mode = p_mode AND t.vkn_tckn = p_vkn_tckn AND t.kind <> 'pool'
$$;
