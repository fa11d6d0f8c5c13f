"""GİB's lists in a migrated database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ebelge.gib.taxpayers import Alias, ListKind, RegisteredUser, write_user_list, zip_user_list

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def listed(fresh_settings: object, tmp_path: Path):
    """`listed(*users)` writes a list as GİB would give it; returns its file."""

    def write(*users: RegisteredUser, name: str = "list.zip") -> Path:
        path = tmp_path / name
        path.write_bytes(zip_user_list(write_user_list(users), ListKind.PK))
        return path

    return write


def user(n: int, *aliases: Alias, title: str = "") -> RegisteredUser:
    """The n-th taxpayer, with an open e-Fatura mailbox unless told otherwise."""
    given = aliases or (Alias("Invoice", f"urn:mail:defaultpk@firma{n}.example", LONG_AGO),)
    return RegisteredUser(
        str(1_000_000_000 + n), title or f"Firma {n} Ltd.", "OZEL", "OZELENTEGRASYON", given, LONG_AGO
    )
