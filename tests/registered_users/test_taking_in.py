"""A list is taken in whole or not at all; what changed is written, what was is remembered."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from ebelge.cli.userlist import command
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import role_session
from ebelge.documents.registered import list_load, user_list
from ebelge.documents.registered.list_load import Taken
from ebelge.documents.registered.taxpayer import MailboxKey, look_up
from ebelge.gib.closures import read_closures
from ebelge.gib.list_lines import lines_of
from ebelge.gib.taxpayers import Alias, UserListUnreadable, write_user_list
from ebelge.jobs import user_lists
from ebelge.ubl.examples import supplier
from tests.documents.accounts import open_tenant
from tests.registered_users.conftest import LONG_AGO, user

DAY = timedelta(days=1)


def load(path, at=None, **given):
    return user_list.load_file(path, mode="live", role="PK", at=at or utc_now(), **given)


def open_at(n, at):
    with role_session("app") as session:
        key = MailboxKey(user(n).vkn_tckn, "Invoice")
        return [one.alias for one in look_up(session, mode="live", keys=[key], at=at).of(key.vkn_tckn, "Invoice")]


def test_only_the_difference_is_written(listed):
    assert load(listed(user(1), user(2), user(3))) == Taken(3, 3, 0, 0)
    assert load(listed(user(1), user(2, title="Yeni Ad"), user(4))) == Taken(3, 1, 1, 1)
    now = utc_now()
    assert [len(open_at(n, now)) for n in (1, 2, 3, 4)] == [1, 1, 0, 1]


def test_the_same_file_is_not_read_again_but_counts_as_fresh(listed):
    path = listed(user(1))
    load(path)
    later = utc_now() + DAY
    assert load(path, later) == Taken(0, 0, 0, 0)
    with role_session("app") as session:
        (state,) = user_list.states(session)
    assert (state.loaded_at, state.aliases) == (later, 1)


def test_who_left_the_list_was_open_until_then_and_may_come_back(listed):
    load(listed(user(1), user(2)))
    gone = utc_now()
    load(listed(user(1)), gone)
    assert open_at(2, gone - timedelta(seconds=1))
    assert not open_at(2, gone + timedelta(seconds=1))
    load(listed(user(1), user(2)), gone + DAY)
    assert open_at(2, gone + 2 * DAY)


def test_periods_of_one_alias_tell_what_was_open_on_any_day(listed):
    periods = [(0, 1), (5, 6), (8, None)]
    aliases = [
        Alias("Invoice", "urn:mail:pk@x", LONG_AGO + a * DAY, None if b is None else LONG_AGO + b * DAY)
        for a, b in periods
    ]
    load(listed(user(1, *aliases)))
    told = [bool(open_at(1, LONG_AGO + timedelta(days=day, hours=12))) for day in (0, 3, 5, 7, 9)]
    assert told == [True, False, True, False, True]


@pytest.mark.parametrize("spoil", [lambda data: data[:-40], lambda data: b"<html/>", lambda data: b"PK broken"])
def test_a_broken_list_changes_nothing_and_is_told(listed, tmp_path, spoil):
    good = listed(user(1), user(2))
    load(good)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(spoil(good.read_bytes()))
    with pytest.raises(UserListUnreadable):
        load(bad)
    assert open_at(1, utc_now())
    said = CliRunner().invoke(command, ["show"]).output
    assert "live PK" in said
    assert "refused" in said


def test_an_impossible_time_refuses_the_list(listed, tmp_path):
    load(listed(user(1)))
    xml = tmp_path / "list.xml"
    xml.write_bytes(write_user_list([user(1), user(2)]).replace(b"2020-01-01T", b"2020-13-41T"))
    with pytest.raises(UserListUnreadable):
        load(xml)
    assert not open_at(2, utc_now())


def test_a_list_that_lost_half_of_its_lines_is_refused_unless_a_person_says_so(listed, monkeypatch):
    monkeypatch.setattr(list_load, "SHRINK_FROM", 10)
    load(listed(*map(user, range(20))))
    with pytest.raises(UserListUnreadable):
        load(listed(*map(user, range(9))))
    assert open_at(15, utc_now())
    assert load(listed(*map(user, range(9))), any_size=True).closed == 11


def test_readers_see_the_old_list_until_the_new_one_is_whole(listed):
    load(listed(user(1)))
    at = utc_now()
    with role_session("app") as session:
        list_load.take_in(session, mode="live", role="PK", lines=lines_of([user(2)]), sha256=b"", at=at)
        assert open_at(1, utc_now())
        assert not open_at(2, utc_now())
    assert not open_at(1, utc_now())
    assert open_at(2, utc_now())


def test_both_roles_stand_beside_each_other(listed):
    load(listed(user(1)))
    user_list.load_file(listed(user(2), name="gb.zip"), mode="live", role="GB", at=utc_now())
    assert open_at(1, utc_now())
    assert not open_at(2, utc_now())  # a sender's alias receives nothing
    found = CliRunner().invoke(command, ["find", user(2).vkn_tckn]).output
    assert "GB Invoice" in found


CLOSED = """<UserTempList><User><Identifier>{}</Identifier><NewIdentifier></NewIdentifier>
<ClosureDate>{:%Y%m%d}</ClosureDate><Status>1</Status><RegistrationCode>861</RegistrationCode>
<RegistrationDescription>terk</RegistrationDescription></User></UserTempList>"""


def test_whom_gib_closed_is_closed_whatever_the_next_list_says_until_the_closure_is_gone(listed, tmp_path):
    load(listed(user(1), user(2)))
    day, path = utc_now().astimezone(ISTANBUL) - DAY, tmp_path / "temp.xml"
    path.write_text(CLOSED.format(user(1).vkn_tckn, day))
    assert user_lists.load_closures(path, mode="live", at=utc_now()) == 1
    assert not open_at(1, utc_now())
    assert open_at(1, day - DAY)
    load(listed(user(1), user(2), user(3)))
    assert not open_at(1, utc_now())
    path.write_text("<UserTempList/>")
    user_lists.load_closures(path, mode="live", at=utc_now())
    load(listed(user(1), user(2)))
    assert open_at(1, utc_now())


def test_the_published_temporary_list_is_read(shared_dir):
    (one,) = read_closures(shared_dir / "gib/samples/kullanici-listesi/ornek_UserTempList.xml")
    assert (one.vkn_tckn, one.closure_date.isoformat(), one.status) == ("9876543217", "2026-03-26", "1")


@pytest.mark.parametrize("xml", ["<UserList/>", "x", CLOSED.replace("{:%Y%m%d}", "2026{}")])
def test_what_is_no_temporary_list_is_refused(tmp_path, xml):
    path = tmp_path / "temp.xml"
    path.write_text(xml)
    with pytest.raises(UserListUnreadable):
        read_closures(path)


def test_a_tenant_whom_gib_closed_is_written_to_once(fresh_settings, tmp_path):

    at = utc_now()
    akin = supplier(4711)
    tenant_id = open_tenant(akin, {"efatura": "AKF"}, kontor=1, at=at)
    path = tmp_path / "temp.xml"
    path.write_text(CLOSED.format(akin.vkn_tckn, at))
    user_lists.load_closures(path, mode="live", at=at)
    assert (user_lists.warn(at), user_lists.warn(at)) == (1, 0)
    with role_session("reader") as session:
        kinds = list(session.execute(text("SELECT kind FROM letter WHERE tenant_id = :t"), {"t": tenant_id}).scalars())
    assert set(kinds) <= {"closed_by_gib"}
