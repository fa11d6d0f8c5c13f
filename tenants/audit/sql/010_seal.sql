-- An entry's place in the chain: sha256(previous hash || UTF-8 of the fields in this order, joined by '|'): tenant,
-- version, time of sealing, entry, time, action, kind and id of the object, kind and id of the actor, for whom, request,
-- details, change. Times are integer microseconds. The same in Python: tenants.audit.chain.
CREATE OR REPLACE FUNCTION audit_hash(
    p_previous bytea, p_tenant uuid, p_version bigint, p_sealed_at timestamptz, p_entry uuid, p_at timestamptz,
    p_action text, p_object_kind text, p_object_id text, p_actor_kind text, p_actor_id text, p_for_whom text,
    p_request_id text, p_details text, p_change text
) RETURNS bytea
LANGUAGE sql STABLE
AS $$
    SELECT sha256(p_previous || convert_to(concat_ws('|',
        p_tenant, p_version, (extract(epoch FROM p_sealed_at) * 1000000)::bigint, p_entry,
        (extract(epoch FROM p_at) * 1000000)::bigint, p_action, p_object_kind, p_object_id, p_actor_kind, p_actor_id,
        p_for_whom, p_request_id, p_details, p_change), 'UTF8'))
$$;

-- Tenants with entries that wait for their seal.
CREATE OR REPLACE FUNCTION audit_waiting(p_limit int)
RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT DISTINCT u.tenant_id FROM audit_unsealed u LIMIT p_limit $$;

-- Seal up to p_limit waiting entries of a tenant, in an order that is final: by the transactions that wrote them, and
-- only those that began before the oldest transaction still running (a row's own xmin tells; it is right after a
-- restore too). So nothing can appear later that belongs before what is sealed. One sealer per tenant at a time: a
-- second one finds the lock taken and leaves. Returns how many entries were sealed.
CREATE OR REPLACE FUNCTION audit_seal_waiting(p_tenant uuid, p_limit int)
RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    e record;
    v_version bigint;
    v_hash bytea;
    v_now timestamptz := clock_timestamp();
    v_horizon bigint;
    v_count int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit_seal ' || p_tenant::text, 0)) THEN
        RETURN 0;
    END IF;
    v_horizon := age(pg_snapshot_xmin(pg_current_snapshot())::xid);
    SELECT s.version, s.hash INTO v_version, v_hash
      FROM audit_seal s WHERE s.tenant_id = p_tenant ORDER BY s.version DESC LIMIT 1;
    v_version := coalesce(v_version, 0);
    v_hash := coalesce(v_hash, decode(repeat('00', 32), 'hex'));
    FOR e IN
        SELECT n.* FROM audit_unsealed u
          JOIN audit_entry n ON n.tenant_id = u.tenant_id AND n.entry_id = u.entry_id
         WHERE u.tenant_id = p_tenant AND age(n.xmin) > v_horizon
         ORDER BY age(n.xmin) DESC, n.entry_id
         LIMIT p_limit
    LOOP
        v_version := v_version + 1;
        v_hash := audit_hash(v_hash, p_tenant, v_version, v_now, e.entry_id, e.at, e.action, e.object_kind,
                             e.object_id, e.actor_kind, e.actor_id, e.for_whom, e.request_id, e.details, e.change);
        INSERT INTO audit_seal (tenant_id, version, entry_id, sealed_at, hash)
        VALUES (p_tenant, v_version, e.entry_id, v_now, v_hash);
        DELETE FROM audit_unsealed u WHERE u.tenant_id = p_tenant AND u.entry_id = e.entry_id;
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END $$;
