"""What proves somebody is read by the role people alone; the rest of the application knows names by id."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from ebelge.core.db import role_session
from tenants.people import persons
from tenants.rules.people import TABLES


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["app", "finance", "reseller", "relay"])
def test_no_other_role_reads_a_table_of_people(table, role, people_settings) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), role_session(role) as session:
        session.execute(text(f"SELECT 1 FROM {table}"))


def test_a_name_is_known_by_id_and_nothing_that_proves_anything(person) -> None:
    ayse = person("ayse@bora.example", name="Ayşe Bora")
    with role_session("app") as session:
        assert persons.named(session, person_ids=[ayse])[ayse].full_name == "Ayşe Bora"
        columns = session.execute(text("SELECT * FROM people_named('{}')")).keys()
    assert set(columns) == {"person_id", "email", "full_name", "language", "state"}
