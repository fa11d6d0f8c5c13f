-- Find what is unique across tenants, by exact key only: there is no listing. Runs as the role ebelge_directory.
CREATE OR REPLACE FUNCTION locate(p_kind text, p_key_sha256 bytea)
RETURNS TABLE (tenant_id uuid, object_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT l.tenant_id, l.object_id FROM locator l WHERE l.kind = p_kind AND l.key_sha256 = p_key_sha256 $$;

-- What a bearer's key id stands for; the caller compares the secrets' hashes. Knows revoked keys too.
CREATE OR REPLACE FUNCTION api_key_of(p_key_id text)
RETURNS TABLE (tenant_id uuid, mode text, tenant_state text, name text, secret_sha256 bytea, old_secret_sha256 bytea,
               old_ends_at timestamptz, scopes text[], addresses text[], expires_at timestamptz,
               revoked_at timestamptz, last_used_at timestamptz, old_last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.tenant_id, t.mode, t.state, k.name, k.secret_sha256, k.old_secret_sha256, k.old_ends_at, k.scopes,
           k.addresses, k.expires_at, k.revoked_at, k.last_used_at, k.old_last_used_at
      FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id
     WHERE k.key_id = p_key_id
$$;

-- Every tenant, its kind and mode, for the operator's own jobs (sweepers visit tenants one by one).
CREATE OR REPLACE FUNCTION tenant_ids()
RETURNS TABLE (tenant_id uuid, kind text, mode text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT t.tenant_id, t.kind, t.mode FROM tenant t ORDER BY t.tenant_id $$;

-- Who the operator of a mode is, as every document sealed by it names it in public. No other tenant is shown.
CREATE OR REPLACE FUNCTION operator_of(p_mode text)
RETURNS TABLE (tenant_id uuid, vkn_tckn text, title text, district text, city text, country text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT t.tenant_id, t.vkn_tckn, t.title, t.district, t.city, t.country
      FROM tenant t WHERE t.kind = 'operator' AND t.mode = p_mode
$$;
