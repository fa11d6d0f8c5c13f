"""The embedded services: real servers, gone with their parent, back after a crash."""

import psycopg


def test_the_owner_may_create_roles_but_is_no_superuser(services):
    with psycopg.connect(services.database_url) as connection:
        rights = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
        row = connection.execute(f"SELECT {rights} FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, False, True, True)


def test_every_test_may_have_a_migrated_database_of_its_own(fresh_database, fresh_settings):
    with psycopg.connect(fresh_database) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    tables = {row[0] for row in rows}
    assert {"tenant", "wallet", "journal"} <= tables
