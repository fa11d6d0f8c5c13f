-- A reseller's own customers, asked by that reseller's session only; anybody else gets none.
CREATE OR REPLACE FUNCTION customers_of(p_reseller uuid)
RETURNS TABLE (tenant_id uuid, mode text, state text, vkn_tckn text, title text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id, t.mode, t.state, t.vkn_tckn, t.title
      FROM tenant t
     WHERE t.reseller_id = p_reseller
       AND p_reseller = nullif(current_setting('app.tenant_id', true), '')::uuid
     ORDER BY t.title, t.tenant_id
$$;
