-- Who is to be anonymised (p_person: only that one): nobody's member, no application under way, no hold, and for p_grace
-- nothing of all that. Whoever never confirmed his address counts from the day on which he typed it.
CREATE OR REPLACE FUNCTION privacy_due(p_at timestamptz, p_grace interval, p_limit int, p_person uuid DEFAULT NULL)
RETURNS TABLE (person_id uuid, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT p.person_id, greatest(p.created_at, m.left_at, s.seen_at)
      FROM person p
      LEFT JOIN (SELECT o.person_id, max(o.ended_at) AS left_at, bool_or(o.ended_at IS NULL) AS stays FROM membership o
                  WHERE p_person IS NULL OR o.person_id = p_person GROUP BY o.person_id) m ON m.person_id = p.person_id
      LEFT JOIN (SELECT o.person_id, max(o.last_seen_at) AS seen_at FROM person_session o
                  WHERE p_person IS NULL OR o.person_id = p_person GROUP BY o.person_id) s ON s.person_id = p.person_id
     WHERE (p_person IS NULL OR p.person_id = p_person)
       AND p.state <> 'anonymised'
       AND greatest(p.created_at, m.left_at, s.seen_at) < p_at - p_grace
       AND m.stays IS NOT TRUE
       AND NOT EXISTS (SELECT 1 FROM application a
                        WHERE a.person_id = p.person_id AND a.state IN ('waiting', 'asked'))
       AND NOT EXISTS (SELECT 1 FROM privacy_hold h WHERE h.person_id = p.person_id AND h.held_until > p_at)
     ORDER BY 2 LIMIT p_limit
$$;

-- Make a person nobody: name, address, factors, sessions, and what names him elsewhere. What he did stays, under an id
-- that names nobody. Refuses (no rows) whoever is not due. Returns the accounts he once belonged to.
CREATE OR REPLACE FUNCTION privacy_anonymise(p_person uuid, p_at timestamptz, p_grace interval)
RETURNS TABLE (tenant_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_email text;
    v_tenants uuid[];
    v_word constant text := 'Silinmiş kişi';
BEGIN
    SELECT p.email INTO v_email FROM person p WHERE p.person_id = p_person FOR UPDATE;
    IF NOT FOUND OR NOT EXISTS (SELECT 1 FROM privacy_due(p_at, p_grace, 1, p_person)) THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(m.tenant_id), '{}') INTO v_tenants FROM membership m WHERE m.person_id = p_person;
    UPDATE person p
       SET email = 'silindi.' || replace(p_person::text, '-', '') || '@anonim.invalid', full_name = v_word,
           state = 'anonymised', confirmed_at = NULL, password = NULL, password_changed_at = NULL,
           closed_totp = NULL, totp_counter = NULL, fs_uniquifier = replace(gen_random_uuid()::text, '-', '')
     WHERE p.person_id = p_person;
    DELETE FROM recovery_code c WHERE c.person_id = p_person;
    DELETE FROM passkey k WHERE k.person_id = p_person;
    DELETE FROM person_identity i WHERE i.person_id = p_person;
    DELETE FROM person_session s WHERE s.person_id = p_person;
    DELETE FROM one_time_secret o WHERE o.person_id = p_person;
    UPDATE privacy_export x SET state = 'gone', file = NULL WHERE x.person_id = p_person AND x.state <> 'gone';
    UPDATE privacy_request r SET contact = '' WHERE r.person_id = p_person;
    UPDATE application a SET full_name = v_word, email = '', phone = '', address = '', agent = ''
     WHERE a.person_id = p_person;
    UPDATE acting_consent c SET person_name = v_word WHERE c.person_id = p_person;
    -- His own deeds: all that names or places him. Others' deeds about him: what they say of him.
    UPDATE audit_detail d SET value = NULL, salt = NULL, erased_at = p_at
      FROM (SELECT n.tenant_id, n.entry_id, true AS own FROM audit_entry n WHERE n.actor_id = p_person::text
            UNION ALL
            SELECT n.tenant_id, n.entry_id, false FROM audit_entry n
             WHERE n.tenant_id = ANY (v_tenants) AND n.object_kind IN ('person', 'membership', 'member')
               AND n.object_id = p_person::text
            UNION ALL
            SELECT n.tenant_id, n.entry_id, false FROM invitation i JOIN audit_entry n
                ON n.tenant_id = i.tenant_id AND n.object_kind = 'invitation' AND n.object_id = i.invitation_id::text
             WHERE i.tenant_id = ANY (v_tenants) AND i.email = v_email) e
     WHERE d.tenant_id = e.tenant_id AND d.entry_id = e.entry_id AND d.value IS NOT NULL
       AND (e.own OR d.part = 'personal');
    UPDATE invitation i SET email = i.invitation_id::text || '@anonim.invalid', full_name = ''
     WHERE i.tenant_id = ANY (v_tenants) AND i.email = v_email;
    UPDATE invitation i SET invited_by_name = v_word
     WHERE i.tenant_id = ANY (v_tenants) AND i.invited_by = 'person:' || p_person::text;
    UPDATE lead e SET owner_name = v_word WHERE e.tenant_id = ANY (v_tenants) AND e.owner_id = p_person;
    UPDATE letter l SET recipients = array_remove(l.recipients, v_email)
     WHERE l.tenant_id = ANY (v_tenants) AND v_email = ANY (l.recipients);
    RETURN QUERY SELECT unnest(v_tenants);
END $$;

-- Erase what is older than its class keeps it: addresses in the audit log, invitations that came to nothing,
-- applications that ended, leads nobody works on. At most p_limit of each; returns how many of each.
CREATE OR REPLACE FUNCTION privacy_erase_old(
    p_at timestamptz, p_addresses interval, p_invitations interval, p_applications interval, p_leads interval, p_limit int
) RETURNS TABLE (data_class text, rows bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    data_class := 'audit.addresses';
    UPDATE audit_detail d SET value = NULL, salt = NULL, erased_at = p_at
     WHERE (d.tenant_id, d.entry_id, d.part) IN (
         SELECT o.tenant_id, o.entry_id, o.part FROM audit_detail o
          WHERE o.part = 'from' AND o.value IS NOT NULL AND o.noted_at < p_at - p_addresses
          ORDER BY o.noted_at LIMIT p_limit);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    data_class := 'invitations';
    UPDATE invitation i SET email = i.invitation_id::text || '@anonim.invalid', full_name = ''
     WHERE (i.tenant_id, i.invitation_id) IN (
         SELECT o.tenant_id, o.invitation_id FROM invitation o
          WHERE o.accepted_at IS NULL AND coalesce(o.revoked_at, o.expires_at) < p_at - p_invitations
            AND o.email NOT LIKE '%@anonim.invalid' LIMIT p_limit);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    data_class := 'applications';
    UPDATE application a SET full_name = 'Silinmiş kişi', email = '', phone = '', address = '', agent = ''
     WHERE (a.tenant_id, a.application_id) IN (
         SELECT o.tenant_id, o.application_id FROM application o
          WHERE o.state IN ('unconfirmed', 'refused', 'abandoned', 'replaced') AND o.email <> ''
            AND coalesce(o.decided_at, o.created_at) < p_at - p_applications LIMIT p_limit);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
    data_class := 'leads';
    UPDATE lead e
       SET full_name = 'Silinmiş kişi', company = '', vkn_tckn = '', phone = '', email = '', message = '', address = '',
           form_sha256 = sha256(convert_to(gen_random_uuid()::text, 'UTF8'))
     WHERE (e.tenant_id, e.lead_id) IN (
         SELECT o.tenant_id, o.lead_id FROM lead o
          WHERE o.email <> '' AND o.changed_at < p_at - p_leads LIMIT p_limit);
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN NEXT;
END $$;
