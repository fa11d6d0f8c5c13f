"""GİB is spoken to over TLS with a certificate that is checked."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ebelge.gib.errors import GatewayUnreachable, GibFault
from ebelge.gib.gateway import SoapGateway

FAULT = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>'
ANSWER = b"HTTP/1.1 500 Error\r\nContent-Type: application/soap+xml\r\nContent-Length: %d\r\n\r\n%s" % (
    len(FAULT),
    FAULT,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed server certificate for 127.0.0.1: key and certificate in one PEM file."""
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gib")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + built.public_bytes(Encoding.PEM)
    )
    return file


@pytest.fixture
def base_url(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                asked = b""
                while b"</" not in asked or not asked.endswith(b"Envelope>"):  # headers and body come apart
                    asked += connection.recv(65536)
                connection.sendall(ANSWER)
        except OSError:
            pass  # the client did not trust us

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(timeout=5)
    listener.close()


def test_a_trusted_certificate_is_spoken_to(base_url, certificate):
    with SoapGateway(base_url, ca_bundle=certificate) as gateway, pytest.raises(GibFault):
        gateway.status(uuid4())


def test_an_unknown_certificate_is_not_spoken_to(base_url):
    with SoapGateway(base_url) as gateway, pytest.raises(GatewayUnreachable):
        gateway.status(uuid4())
