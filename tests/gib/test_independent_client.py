"""zeep, which is not ours, speaks with the simulator by the WSDL: GİB's own where it is there, and ours."""

from __future__ import annotations

import base64
import email.message
import email.mime.application
import email.mime.multipart
import email.policy
import hashlib
import time
from uuid import uuid4

import pytest
import zeep
from lxml import etree
from zeep.transports import Transport

from ebelge.gib.system_response import read_system_response
from ebelge.gib.zarf import SH

XOP = "http://www.w3.org/2004/08/xop/include"
SERVICE = "{http://gib.gov.tr/vedop3/eFatura}EFaturaSoapBinding"


class Mtom(Transport):
    """zeep cannot send MTOM: take the base64 out and send it as an attachment, by Python's own email package."""

    def __init__(self, encoding: str) -> None:
        super().__init__(timeout=10, operation_timeout=10)
        self.encoding = encoding

    def post_xml(self, address, envelope, headers):
        binary = envelope.find(".//binaryData")
        if binary is None:
            return super().post_xml(address, envelope, headers)
        content = base64.b64decode(binary.text)
        binary.text = None
        etree.SubElement(binary, f"{{{XOP}}}Include", href="cid:zarf%2Bzip@client.example")
        root = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
        body, content_type = getattr(self, f"_{self.encoding}")(root, content)
        return self.post(address, body, {"Content-Type": content_type})

    def _base64(self, root: bytes, content: bytes) -> tuple[bytes, str]:
        message = email.mime.multipart.MIMEMultipart("related", type="application/xop+xml", start="<r@client.example>")
        for data, subtype, content_id in ((root, "xop+xml", "r@client.example"),
                                          (content, "zip", "zarf+zip@client.example")):  # fmt: skip
            part = email.mime.application.MIMEApplication(data, subtype)
            part["Content-ID"] = f"<{content_id}>"
            message.attach(part)
        body = message.as_bytes(policy=email.policy.HTTP).partition(b"\r\n\r\n")[2]
        return body, " ".join(message["Content-Type"].split())

    def _binary(self, root: bytes, content: bytes) -> tuple[bytes, str]:
        # The attachment first, the root found by `start`: order is free in multipart/related.
        body = b"\r\n".join([
            b"This is a preamble.", b"--=_Part_1", b"content-id: <zarf+zip@client.example>",
            b"content-transfer-encoding: binary", b"content-type: application/zip", b"", content,
            b"--=_Part_1", b"Content-Type: application/xop+xml; charset=UTF-8;", b"\ttype=\"application/soap+xml\"",
            b"Content-ID: <r@client.example>", b"", root, b"--=_Part_1--", b"",
        ])  # fmt: skip
        return body, 'Multipart/Related; boundary="=_Part_1"; type="application/xop+xml"; start="<r@client.example>"'


@pytest.fixture(params=["ours", "published"])
def wsdl(request, simulator):
    if request.param == "ours":
        return f"{simulator.base_url}/services/EFatura?wsdl"
    return str(request.getfixturevalue("shared_dir") / "gib/wsdl/EFatura_Test.wsdl")


@pytest.fixture(params=["inline", "base64", "binary"])
def service(request, simulator, wsdl):
    transport = Transport(timeout=10) if request.param == "inline" else Mtom(request.param)
    client = zeep.Client(wsdl, transport=transport)
    yield client.create_service(SERVICE, f"{simulator.base_url}/services/EFatura")
    transport.session.close()


def test_zeep_sends_an_envelope_and_reads_its_system_response(service, paper):
    zarf = paper.zarf()
    answer = service.sendDocument(fileName=zarf.file_name, binaryData=zarf.zip_bytes, hash=zarf.md5_hex)
    assert answer.hash == hashlib.md5(zarf.zip_bytes).hexdigest()
    end = time.monotonic() + 15
    while True:
        xml = service.getApplicationResponse(instanceIdentifier=str(zarf.instance_id).upper())
        said = read_system_response(xml, about=zarf.instance_id)
        if said.meaning.final:
            break
        assert time.monotonic() < end, said
        time.sleep(0.02)
    assert said.code == 1300
    types = etree.fromstring(xml.encode()).findall(f".//{{{SH}}}Type")
    assert [t.text for t in types] == ["SYSTEMENVELOPE"]


def test_zeep_reads_our_faults(service):
    with pytest.raises(zeep.exceptions.Fault) as caught:
        service.getApplicationResponse(instanceIdentifier=str(uuid4()))
    assert caught.value.detail.findtext(".//code") == "2004"
