"""The registered user list is read in GİB's form, in little memory, and decides who can receive what."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import UTC, datetime

import psutil
import pytest
from lxml import etree

from ebelge.gib.taxpayers import (
    Alias,
    ListKind,
    RegisteredUser,
    UserListUnreadable,
    read_user_list,
    write_user_list,
    zip_user_list,
)

SPRING = datetime(2026, 4, 1, tzinfo=UTC)
BORA = RegisteredUser(
    "1920384751", "Bora Gıda & Tarım A.Ş.", "OZEL", "OZELENTEGRASYON",
    (
        Alias("Invoice", "urn:mail:defaultpk@bora.example", datetime(2024, 1, 2, 7, tzinfo=UTC)),
        Alias("Invoice", "urn:mail:eskipk@bora.example", datetime(2020, 1, 2, 7, tzinfo=UTC), SPRING),
        Alias("DespatchAdvice", "urn:mail:irsaliyepk@bora.example", datetime(2025, 5, 5, 5, tzinfo=UTC)),
    ),
    datetime(2020, 1, 2, 7, tzinfo=UTC),
)  # fmt: skip
CEREN = RegisteredUser("10000000146", "Ceren Işık", "OZEL", "", (), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_written_is_read_back(packed):
    xml = write_user_list([BORA, CEREN])
    data = zip_user_list(xml, ListKind.PK) if packed else xml
    assert list(read_user_list(io.BytesIO(data))) == [BORA, CEREN]


def test_what_is_written_fits_the_published_schema(shared_dir):
    schema = etree.XMLSchema(file=str(shared_dir / "gib/xsd/kullanici-listesi/NewUserList.xsd"))
    schema.assertValid(etree.fromstring(write_user_list([BORA, CEREN])))


def test_the_published_sample_is_read(shared_dir):
    with (shared_dir / "gib/samples/kullanici-listesi/ornek_UserList_PK.xml").open("rb") as file:
        users = {user.vkn_tckn: user for user in read_user_list(file)}
    at = datetime(2026, 7, 1, tzinfo=UTC)
    assert [a.alias for a in users["1234567808"].open_aliases("Invoice", at=at)] == ["urn:mail:defaultpk@ornek.com.tr"]
    assert users["10000000146"].account_type == "GIBPORTAL"
    assert users["9876543217"].open_aliases("Invoice", at=at) == ()


def test_an_alias_is_open_from_its_creation_until_its_deletion():
    def open_at(at: datetime) -> int:
        return len(BORA.open_aliases("Invoice", at=at))

    assert [open_at(datetime(2019, 1, 1, tzinfo=UTC)), open_at(datetime(2025, 1, 1, tzinfo=UTC))] == [0, 2]
    assert open_at(SPRING) == 1


def test_times_in_the_list_are_istanbuls():
    xml = write_user_list([CEREN])
    assert b"<FirstCreationTime>2026-01-01T03:00:00<" in xml


def test_a_long_list_takes_little_memory():
    user = write_user_list([BORA]).split(b"<UserList>")[1].removesuffix(b"</UserList>")
    data = zip_user_list(b"<UserList>" + user * 40_000 + b"</UserList>", ListKind.PK)
    process = psutil.Process()
    sizes = [process.memory_info().rss for count, _ in enumerate(read_user_list(io.BytesIO(data)))
             if count in (4_000, 39_999)]  # fmt: skip
    assert sizes[1] - sizes[0] < 10 * 1024 * 1024


def two_files() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.xml", b"<UserList/>")
        archive.writestr("b.xml", b"<UserList/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html/>",
        b"<UserList><User><Identifier>1</Identifier>",
        b'<!DOCTYPE UserList [<!ENTITY a "b">]><UserList/>',
        b"<UserList><User><FirstCreationTime>never</FirstCreationTime></User></UserList>",
        b"<UserList><User><FirstCreationTime>0001-01-01T00:00:00</FirstCreationTime></User></UserList>",
        b"PK not a zip",
        two_files(),
        zip_user_list(random.Random(1).randbytes(5000), ListKind.GB),
        zip_user_list(b"<UserList/>" * 2, ListKind.GB)[:-40],
    ],
)
def test_a_list_that_cannot_be_read_whole_is_refused(data):
    with pytest.raises(UserListUnreadable):
        list(read_user_list(io.BytesIO(data)))


def test_a_list_larger_than_allowed_is_stopped():
    data = zip_user_list(write_user_list([BORA] * 2000), ListKind.PK)
    with pytest.raises(UserListUnreadable):
        list(read_user_list(io.BytesIO(data), xml_bytes_max=100_000))
