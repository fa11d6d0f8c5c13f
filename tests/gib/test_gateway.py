"""Whatever happens on the wire, the gateway says which it was: refused, or not known."""

from __future__ import annotations

import io
import socket
import threading
import time
from uuid import uuid4

import pytest

from ebelge.gib.errors import (
    GatewayAnswerUnreadable,
    GatewayOutcomeUnknown,
    GatewayTimeout,
    GatewayUnreachable,
    GibFault,
)
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.mtom import MessageUnreadable, multipart, parse_message
from ebelge.gib.taxpayers import ListKind, read_user_list

SPOILT = {
    "timeout": GatewayTimeout,
    "slow": GatewayTimeout,
    "drop": GatewayUnreachable,
    "truncated": GatewayUnreachable,
    "http_500": GatewayAnswerUnreadable,
    "html": GatewayAnswerUnreadable,
    "garbage": GatewayAnswerUnreadable,
    "oversized": GatewayAnswerUnreadable,
    "bad_multipart": GatewayAnswerUnreadable,
}


@pytest.fixture
def hasty(simulator):
    """A gateway that waits one second."""
    with SoapGateway(simulator.base_url, timeout_s=1.0) as gateway:
        yield gateway


@pytest.mark.parametrize(("transport", "error"), SPOILT.items())
@pytest.mark.parametrize("stored", [True, False])
def test_an_answer_that_never_came_is_an_unknown_outcome(simulator, hasty, paper, transport, error, stored):
    simulator.order({"transport": transport, "stored": stored, "seconds": 4})
    zarf = paper.zarf()
    with pytest.raises(error) as caught:
        hasty.send(zarf)
    assert isinstance(caught.value, GatewayOutcomeUnknown)
    assert caught.value.may_have_arrived
    if stored:  # asking tells: GİB has it, and sending again is refused
        assert hasty.status(zarf.instance_id).code >= 1000
        with pytest.raises(GibFault, match="2001"):
            hasty.send(zarf)
    else:  # asking tells: GİB has it not, so the same envelope goes again
        with pytest.raises(GibFault, match="2004"):
            hasty.status(zarf.instance_id)
        hasty.send(zarf)
    assert len(simulator.control("GET", "envelopes")) == 1


@pytest.mark.parametrize(("transport", "error"), SPOILT.items())
def test_asking_for_the_status_may_fail_in_the_same_ways_and_can_be_repeated(simulator, hasty, paper, transport, error):
    zarf = paper.zarf()
    hasty.send(zarf)
    simulator.order({"transport": transport, "seconds": 4}, operation="getApplicationResponse")
    with pytest.raises(error):
        hasty.status(zarf.instance_id)
    assert hasty.status(zarf.instance_id).instance_id == zarf.instance_id


def test_a_time_out_does_not_take_longer_than_it_says(simulator, paper):
    simulator.order({"transport": "slow", "seconds": 20})
    started = time.monotonic()
    with SoapGateway(simulator.base_url, timeout_s=0.7) as gateway, pytest.raises(GatewayTimeout):
        gateway.send(paper.zarf())
    assert time.monotonic() - started < 3


def test_a_fault_without_a_code_is_still_a_refusal(simulator, gateway, paper):
    simulator.order({"transport": "plain_fault"})
    with pytest.raises(GibFault) as caught:
        gateway.send(paper.zarf())
    assert (caught.value.fault_code, caught.value.message) == (0, "out of order")


def test_where_nobody_listens_nothing_can_have_arrived(paper):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/EFaturaMerkez"
        with SoapGateway(url, timeout_s=2.0) as gateway, pytest.raises(GatewayUnreachable) as caught:
            gateway.send(paper.zarf())
    assert not caught.value.may_have_arrived


def test_one_connection_serves_many_calls(gateway, paper):
    zarf = paper.zarf()
    gateway.send(zarf)
    for _ in range(5):
        gateway.status(zarf.instance_id)
    pools = gateway._http.get_adapter(gateway.base_url).poolmanager.pools
    keys = pools.keys()  # urllib3's container cannot be iterated over
    assert [pools[key].num_connections for key in keys] == [1]


def test_the_user_lists_are_downloaded_whole_or_not_at_all(simulator, gateway, tmp_path):
    target = tmp_path / "pk.zip"
    fetched = gateway.download_user_list(ListKind.PK, target)
    assert len(fetched.sha256_hex) == 64
    assert gateway.download_user_list(ListKind.PK, target, etag=fetched.etag) is None
    with target.open("rb") as file:
        assert isinstance(list(read_user_list(file)), list)
    with (
        SoapGateway(simulator.base_url.replace("EFaturaMerkez", "Yok")) as elsewhere,
        pytest.raises(GatewayAnswerUnreadable),
    ):
        elsewhere.download_user_list(ListKind.GB, tmp_path / "gb.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["pk.zip"]


class TestMessages:
    """Reading MTOM from strangers."""

    ENVELOPE = (
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><a>'
        b'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:one%40x"/></a></s:Body></s:Envelope>'
    )

    def test_an_attachment_is_found_by_its_id_byte_for_byte(self):
        content = bytes(range(256)) + b"\r\n--x\r\n\r\n" * 3
        message = parse_message(*multipart(self.ENVELOPE, {"one@x": content, "two@x": b""}, action="a"))
        assert message.binary(message.body) == content

    def test_a_part_in_base64_is_decoded(self):
        body = (
            b'--b\r\nContent-Type: application/xop+xml\r\n\r\n' + self.ENVELOPE
            + b'\r\n--b\r\nContent-ID: <one@x>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--'
        )  # fmt: skip
        message = parse_message(body, "multipart/related; boundary=b")
        assert message.binary(message.body) == b"\x00\x01\x02"

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"", "application/soap+xml"),
            (b"<a/>", "application/soap+xml"),
            (b"<a/>", "text/xml"),
            (b"<a/>", ""),
            (ENVELOPE, "multipart/related; boundary=b"),
            (b"--b\r\n" + ENVELOPE + b"\r\n--b--", "multipart/related; boundary=b"),
            (b"--b\r\n\r\n" + ENVELOPE + b"\r\n--b--", 'multipart/related; boundary=b; start="<no>"'),
            (b"--b\r\n\r\n" + ENVELOPE + b"\r\n--b--", "multipart/related"),
            (b"--b\r\n\r\n" + ENVELOPE + b"\r\n--b--", "multipart/related; boundary=\u015f"),
            (b"--b" + b"\r\n\r\nx\r\n--b" * 99 + b"--", "multipart/related; boundary=b"),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + ENVELOPE, "application/soap+xml"),
        ],
    )
    def test_what_is_no_message_is_not_guessed_at(self, body, content_type):
        with pytest.raises(MessageUnreadable):
            parse_message(body, content_type)

    def test_an_attachment_that_is_not_there_is_said(self):
        message = parse_message(*multipart(self.ENVELOPE, {str(uuid4()): b""}, action="a"))
        with pytest.raises(MessageUnreadable):
            message.binary(message.body)


def test_a_user_list_zip_is_what_gib_serves(simulator, gateway, tmp_path):
    simulator.put_list("gb", b"<UserList/>")
    gateway.download_user_list(ListKind.GB, tmp_path / "gb.zip")
    assert list(read_user_list(io.BytesIO((tmp_path / "gb.zip").read_bytes()))) == []


def answering_once(answer: bytes) -> str:
    """A server that takes one request and answers with these bytes; its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):  # closing with unread bytes would cut the answer off
                pass

    threading.Thread(target=serve).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
FAULT = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>'
CHUNKS = b"".join(b"%x\r\n%s\r\n" % (len(FAULT[i : i + 20]), FAULT[i : i + 20]) for i in range(0, len(FAULT), 20))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS + b"0\r\n\r\n", GibFault),
        (HEAD + b"Connection: close\r\n\r\n" + FAULT, GibFault),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, GatewayUnreachable),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", GatewayAnswerUnreadable),
        (b"", GatewayUnreachable),
        (b"220 mail.example ESMTP\r\n", GatewayUnreachable),
    ],
)
def test_other_servers_than_the_simulator_are_understood_or_unknown(answer, error):
    with SoapGateway(answering_once(answer), timeout_s=5.0) as gateway, pytest.raises(error):
        gateway.status(uuid4())
