-- The sandbox of the session's own tenant, and nobody else's.
CREATE OR REPLACE FUNCTION sandbox_of(p_tenant uuid)
RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id
      FROM tenant t
     WHERE t.live_tenant_id = p_tenant
       AND p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;
