-- What others may know of people by id: address, name, language, state. Nothing that proves who somebody is.
CREATE OR REPLACE FUNCTION people_named(p_people uuid[])
RETURNS TABLE (person_id uuid, email text, full_name text, language text, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT p.person_id, p.email, p.full_name, p.language, p.state FROM person p WHERE p.person_id = ANY(p_people)
$$;
