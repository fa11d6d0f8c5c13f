-- Where a person is a member, asked by that person's own session only; anybody else gets none. A company's sandbox
-- goes with the company: whoever is a member of the one is a member of the other. Ended memberships are not told.
CREATE OR REPLACE FUNCTION memberships_of(p_person uuid)
RETURNS TABLE (tenant_id uuid, kind text, mode text, state text, vkn_tckn text, title text, role text,
               branch_ids uuid[], series_prefixes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH mine AS (
        SELECT m.tenant_id, m.role, m.branch_ids, m.series_prefixes FROM membership m
         WHERE m.person_id = p_person AND m.ended_at IS NULL
           AND p_person = nullif(current_setting('app.person_id', true), '')::uuid
    )
    SELECT t.tenant_id, t.kind, t.mode, t.state, t.vkn_tckn, t.title, m.role, m.branch_ids, m.series_prefixes
      FROM mine m JOIN tenant t ON t.tenant_id = m.tenant_id
     UNION ALL
    SELECT t.tenant_id, t.kind, t.mode, t.state, t.vkn_tckn, t.title, m.role, m.branch_ids, m.series_prefixes
      FROM mine m JOIN tenant t ON t.live_tenant_id = m.tenant_id
     ORDER BY title, mode, tenant_id
$$;

-- The members of the session's own tenant, past ones too (their deeds keep a name); of another tenant: none. Of what
-- proves who they are only whether there is a second factor.
CREATE OR REPLACE FUNCTION members_of(p_tenant uuid)
RETURNS TABLE (person_id uuid, email text, full_name text, language text, second_factor boolean, role text,
               branch_ids uuid[], series_prefixes text[], joined_at timestamptz, changed_at timestamptz,
               ended_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT m.person_id, p.email, p.full_name, p.language,
           p.closed_totp IS NOT NULL OR EXISTS (SELECT FROM passkey k WHERE k.person_id = m.person_id),
           m.role, m.branch_ids, m.series_prefixes, m.joined_at, m.changed_at, m.ended_at
      FROM membership m JOIN person p ON p.person_id = m.person_id
     WHERE m.tenant_id = p_tenant AND p_tenant = nullif(current_setting('app.tenant_id', true), '')::uuid
     ORDER BY m.joined_at, m.person_id
$$;
