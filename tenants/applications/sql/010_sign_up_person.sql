-- Whoever signs up, entered in the transaction that opens his account. The caller may not read people: it learns the
-- id, and whether the address was unknown ('made'), waits for its first confirmation ('renewed': name and password are
-- now the new ones, older links are void) or has a login ('known': nothing was changed).
CREATE OR REPLACE FUNCTION sign_up_person(
    p_person_id uuid, p_email text, p_full_name text, p_language text, p_password text, p_uniquifier text,
    p_at timestamptz
) RETURNS TABLE (person_id uuid, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_found person%ROWTYPE;
BEGIN
    INSERT INTO person AS p (person_id, email, full_name, language, state, password, password_changed_at,
                             fs_uniquifier, created_at)
    VALUES (p_person_id, p_email, p_full_name, p_language, 'active', p_password, p_at, p_uniquifier, p_at)
    ON CONFLICT (email) DO NOTHING RETURNING p.person_id INTO person_id;
    IF person_id IS NOT NULL THEN
        outcome := 'made';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT * INTO STRICT v_found FROM person p WHERE p.email = p_email FOR UPDATE;
    person_id := v_found.person_id;
    IF v_found.confirmed_at IS NOT NULL OR v_found.state <> 'active' THEN
        outcome := 'known';
    ELSE
        UPDATE person p SET full_name = p_full_name, language = p_language, password = p_password,
               password_changed_at = p_at, fs_uniquifier = p_uniquifier WHERE p.person_id = v_found.person_id;
        DELETE FROM one_time_secret s WHERE s.person_id = v_found.person_id;
        outcome := 'renewed';
    END IF;
    RETURN NEXT;
END
$$;
