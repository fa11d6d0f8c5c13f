"""iyzico over TLS: its certificate is checked before anything is said."""

from __future__ import annotations

import http.server
import ipaddress
import json
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from billing.payments.errors import GatewayRefused, GatewayUnavailable
from billing.payments.iyzico.gateway import IyzicoGateway
from billing.payments.iyzico.wire import IyzicoSettings

ANSWER = json.dumps({"status": "failure", "errorCode": "1001", "errorMessage": "x"}).encode()


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that nobody knows, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*form))
    return tmp_path


@pytest.fixture
def server(certificate):
    """Something at the other end of a TLS connection, and what it heard."""
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        def log_message(self, format, *args):
            """Quiet."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """A broken handshake is what the test is about."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    found = Server(("127.0.0.1", 0), Handler)
    found.socket = context.wrap_socket(found.socket, server_side=True)
    threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"https://127.0.0.1:{found.server_address[1]}", heard
    found.shutdown()
    found.server_close()


def settings(base_url, **other):
    return IyzicoSettings(api_key="k", secret_key="s", base_url=base_url, timeout_s=5.0, **other)


def test_a_stranger_is_told_nothing(server, order):
    base_url, heard = server
    with pytest.raises(GatewayUnavailable) as unknown:
        IyzicoGateway(settings(base_url)).start(order())
    assert (unknown.value.sent, heard) == (False, [])


def test_a_known_certificate_is_spoken_to_at_the_right_path(server, certificate, order):
    base_url, heard = server
    with pytest.raises(GatewayRefused) as refused:
        IyzicoGateway(settings(base_url, ca_file=str(certificate / "cert.pem"))).start(order())
    assert refused.value.gateway_code == "1001"
    assert heard == ["/payment/iyzipos/checkoutform/initialize/auth/ecom"]
