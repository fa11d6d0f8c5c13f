"""Whatever form a list has, the fast reader says what the XML parser says, or refuses as it does."""

import io
import random
import zipfile
from datetime import UTC, datetime

import pytest

from ebelge.core.clock import ISTANBUL
from ebelge.gib.list_lines import list_lines
from ebelge.gib.taxpayers import (
    Alias,
    ListKind,
    RegisteredUser,
    UserListUnreadable,
    read_user_list,
    write_user_list,
    zip_user_list,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def facts_of_lines(xml: bytes) -> list[tuple[str, ...]]:
    def time(text: str) -> str:
        if text == "\\N":
            return ""
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=ISTANBUL)).astimezone(UTC).isoformat()

    found = []
    for line in b"".join(list_lines(io.BytesIO(xml))).decode().splitlines():
        vkn, kind, alias, title, account, created, deleted = line.split("\t")
        found.append((vkn, kind, alias, title, account.replace("\\N", ""), time(created), time(deleted)))
    return found


def facts_of_users(xml: bytes) -> list[tuple[str, ...]]:
    return [
        (
            user.vkn_tckn, alias.document_type, alias.alias, user.title.replace("\\", "\\\\"), user.account_type,
            alias.created_at.isoformat(), alias.deleted_at.isoformat() if alias.deleted_at else "",
        )
        for user in read_user_list(io.BytesIO(xml))
        for alias in user.aliases
    ]  # fmt: skip


def some_users(count: int, seed: int) -> list[RegisteredUser]:
    dice = random.Random(seed)
    titles = ["Ak & Kara", 'Şen "Usta" <Ltd>', "Düz Ltd.", "Ters \\ Bölü", "  boşluklu  ", "'Tek' tırnak"]
    return [
        RegisteredUser(
            str(1_000_000_000 + n), dice.choice(titles), "OZEL", dice.choice(["", "GIBPORTAL"]),
            tuple(
                Alias(dice.choice(["Invoice", "DespatchAdvice"]), f"urn:mail:a{n}.{k}&b", AT, dice.choice([None, AT]))
                for k in range(dice.randrange(4))
            ),
            AT,
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_it_says_what_the_parser_says(seed):
    xml = write_user_list(some_users(300, seed))
    assert facts_of_lines(xml) == facts_of_users(xml)
    packed = zip_user_list(xml, ListKind.PK)
    assert b"".join(list_lines(io.BytesIO(packed))) == b"".join(list_lines(io.BytesIO(xml)))


PLAIN = write_user_list(some_users(5, 9)).decode()


@pytest.mark.parametrize(
    "xml",
    [
        PLAIN.replace("<User>", "\n  <User>\n ").replace("<Alias>", "\n<Alias>\n "),
        PLAIN.replace("<User>", "<!-- <User></User> --><User>", 1),
        PLAIN.replace("<UserList>", "<!-- kurgusal --><UserList>"),
        PLAIN.replace("<Title>", "<Title><![CDATA[</User>]]>", 1),
        PLAIN.replace("<Title>", "<Title>&#350;", 1),
        PLAIN.replace("<UserList>", '<UserList xmlns:x="y">'),
        PLAIN.replace('type="Invoice"', "type='Invoice'"),
        PLAIN.replace("</UserList>", "</UserList><!-- son -->"),
        "<UserList></UserList>",
        "<UserList/>",
    ],
)
def test_any_lawful_form_is_read(xml):
    assert facts_of_lines(xml.encode()) == facts_of_users(xml.encode())


@pytest.mark.parametrize(
    "xml",
    [
        PLAIN[:-11],
        PLAIN[: len(PLAIN) // 2],
        PLAIN.replace("</Title>", "</Titel>", 1),
        PLAIN.replace("<Title>", "<Title>&yok;", 1),
        '<!DOCTYPE UserList [<!ENTITY a "b">]>' + PLAIN.split("\n", 1)[1],
        PLAIN + "<User></User>",
        "<html></html>",
        "",
    ],
)
def test_what_is_no_list_is_refused(xml):
    with pytest.raises(UserListUnreadable):
        list(list_lines(io.BytesIO(xml.encode())))


def test_a_zip_of_two_files_or_none_is_refused():
    for names in ([], ["a.xml", "b.xml"]):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for name in names:
                archive.writestr(name, PLAIN)
        with pytest.raises(UserListUnreadable):
            list(list_lines(held))


def test_a_bomb_is_stopped_at_the_bound():
    with pytest.raises(UserListUnreadable):
        list(list_lines(io.BytesIO(PLAIN.encode()), xml_bytes_max=100))
