"""Whatever bytes come from outside, they are read or refused by name; nothing else is ever raised."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.mtom import MessageUnreadable, multipart, parse_message
from ebelge.gib.opened import open_zarf
from ebelge.gib.system_response import read_system_response
from ebelge.gib.taxpayers import UserListUnreadable, read_user_list
from ebelge.gib.unzip import open_zip

CHANGES = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 40)), min_size=1, max_size=6)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def damaged(data: bytes, changes) -> bytes:
    """Cut bytes out and put others in, at relative places."""
    for place, new, cut in changes:
        index = int(place * len(data))
        data = data[:index] + new + data[index + cut :]
    return data


@pytest.fixture(scope="module")
def zarf(paper):
    return paper.zarf(paper.document())


@FUZZ
@given(changes=CHANGES)
def test_damaged_zips(zarf, changes):
    with contextlib.suppress(ZarfUnreadable):
        open_zip(damaged(zarf.zip_bytes, changes))


@FUZZ
@given(changes=CHANGES)
def test_damaged_envelopes(zarf, changes):
    with contextlib.suppress(ZarfUnreadable):
        open_zarf(damaged(zarf.xml, changes))


@FUZZ
@given(changes=CHANGES)
def test_damaged_messages(zarf, changes):
    root = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a>AAA=</a></s:Body></s:Envelope>'
    body, content_type = multipart(root, {"a@b": zarf.zip_bytes[:200]}, action="a")
    with contextlib.suppress(MessageUnreadable):
        message = parse_message(damaged(body, changes), content_type)
        message.binary(message.body)


@FUZZ
@given(content_type=st.text(max_size=60) | st.text(max_size=30).map("multipart/related; boundary=".__add__))
def test_any_content_type(content_type):
    with contextlib.suppress(MessageUnreadable):
        parse_message(b"--b\r\n\r\nx\r\n--b--", content_type)


@FUZZ
@given(changes=CHANGES)
def test_damaged_system_responses(zarf, changes):
    with contextlib.suppress(MessageUnreadable):
        read_system_response(damaged(zarf.xml, changes), about=zarf.instance_id)


@FUZZ
@given(changes=CHANGES)
def test_damaged_user_lists(changes):
    user = (
        b"<User><Identifier>1</Identifier><Title>A</Title><FirstCreationTime>2024-01-02T10:00:00</FirstCreationTime>"
        b'<Documents><Document type="Invoice"><Alias><Name>a</Name><CreationTime>2024-01-02T10:00:00</CreationTime>'
        b"</Alias></Document></Documents></User>"
    )
    with contextlib.suppress(UserListUnreadable):
        list(read_user_list(io.BytesIO(damaged(b"<UserList>" + user * 3 + b"</UserList>", changes))))
