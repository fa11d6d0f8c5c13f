"""A zarf is what GİB's guides and schemas ask for, and nothing that would be refused gets in."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import pytest
from efatura_kontrol import kontrol
from lxml import etree

from ebelge.gib.errors import ZarfError
from ebelge.gib.opened import open_zarf
from ebelge.gib.unzip import open_zip
from ebelge.gib.zarf import Mailbox, build_zarf
from ebelge.ubl.types import DocumentKind

ID = UUID("6f4e8a52-6f0f-4a3e-9a60-0c4c3f1f2a11")
SH = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"


def test_the_zip_holds_the_envelope_alone_under_its_id(paper):
    zarf = paper.zarf(instance_id=ID)
    with zipfile.ZipFile(io.BytesIO(zarf.zip_bytes)) as archive:
        assert archive.namelist() == [f"{ID}.xml"]
        assert archive.read(f"{ID}.xml") == zarf.xml
    assert zarf.file_name == f"{ID}.zip"
    assert zarf.md5_hex == hashlib.md5(zarf.zip_bytes).hexdigest()


def test_the_header_says_what_gib_asks_for(paper):
    root = etree.fromstring(paper.zarf(instance_id=ID).xml)
    found = {e.tag.removeprefix(SH): e.text for e in root.iter() if e.tag.startswith(SH) and e.text}
    assert found["HeaderVersion"] == "1.0"
    assert (found["Standard"], found["TypeVersion"], found["Type"]) == ("UBL-TR", "1.2", "SENDERENVELOPE")
    assert found["InstanceIdentifier"] == str(ID)
    assert root.find(f"{SH}StandardBusinessDocumentHeader//{SH}MultipleType") is None


def test_the_creation_time_is_istanbuls(paper):
    at = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    document = paper.document()
    opened = open_zarf(paper.zarf(document, instance_id=ID).xml)
    zarf = build_zarf(
        [document], instance_id=ID, sender=opened.sender, receiver=opened.receiver, element_type="INVOICE", at=at
    )
    assert b"<sh:CreationDateAndTime>2026-04-01T01:30:00<" in zarf.xml


def test_the_same_envelope_built_twice_is_the_same_file(paper):
    document, at = paper.document(), datetime.now(UTC)
    mailboxes = open_zarf(paper.zarf(document).xml)
    first, second = (
        build_zarf(
            [document], instance_id=ID, sender=mailboxes.sender, receiver=mailboxes.receiver,
            element_type="INVOICE", at=at,
        )
        for _ in range(2)
    )  # fmt: skip
    assert first.md5_hex == second.md5_hex


@pytest.mark.parametrize("kind", [DocumentKind.EFATURA, DocumentKind.EIRSALIYE])
def test_gibs_rules_find_nothing_wrong_with_an_envelope(paper, kind):
    report = kontrol.kontrol_et(paper.zarf(paper.document(kind), paper.document(kind), kind=kind).xml)
    assert (report.tur, [f.mesaj for f in report.bulgular]) == ("zarf", [])


def test_an_envelope_fits_the_published_schema(paper, shared_dir, tmp_path):
    folder = tmp_path / "xsd" / "zarf"
    shutil.copytree(shared_dir / "gib/xsd/zarf", folder)
    shutil.copytree(shared_dir / "gib/xsd/hrxml", tmp_path / "xsd/HRXML")
    shutil.copytree(shared_dir / "gib/xsd/ubltr-1.2.1/common", tmp_path / "xsd/common")
    for schema in (shared_dir / "gib/xsd/ubltr-1.2.1/maindoc").iterdir():
        shutil.copy(schema, folder)
    etree.XMLSchema(file=str(folder / "PackageProxy_1_2.xsd")).assertValid(
        etree.fromstring(paper.zarf(paper.document(), paper.document()).xml)
    )


def test_reading_it_back_gives_the_documents_and_the_parties(paper):
    documents = [paper.document(), paper.document()]
    opened = open_zarf(open_zip(paper.zarf(*documents, instance_id=ID).zip_bytes).xml)
    assert opened.instance_id == ID
    assert opened.element_types == ("INVOICE",)
    assert opened.element_counts == (2,)
    assert opened.documents == tuple(d[d.index(b"<Invoice") :] for d in documents)
    assert opened.sender.alias == "urn:mail:defaultgb@akin.example"


def test_a_title_with_markup_in_it_stays_text(paper):
    sender = Mailbox("urn:mail:defaultgb@akin.example", "4810573263", "Akın & Oğulları <Ltd>")
    assert open_zarf(paper.zarf(sender=sender).xml).sender == sender


def test_nothing_but_the_right_documents_gets_in(paper):
    invoice, despatch = paper.document(), paper.document(DocumentKind.EIRSALIYE)
    other = Mailbox("urn:mail:x@y.example", "1234567808")
    refused = {
        "none": lambda: build_zarf([], instance_id=ID, sender=other, receiver=other, element_type="INVOICE",
                                   at=datetime.now(UTC)),
        "101 invoices": lambda: paper.zarf(*[invoice] * 101),
        "another kind": lambda: paper.zarf(invoice, despatch),
        "another sender": lambda: paper.zarf(invoice, sender=other),
        "another receiver": lambda: paper.zarf(invoice, receiver=other),
        "not XML": lambda: paper.zarf(b"%PDF-1.7"),
        "a document type": lambda: paper.zarf(
            re.sub(rb"\?>\s*", b"?><!DOCTYPE Invoice [<!ENTITY a 'b'>]>", invoice, count=1)),
        "latin-1": lambda: paper.zarf(invoice.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-9"', 1)),
        "an instruction that the signature covers": lambda: paper.zarf(
            re.sub(rb"\?>\s*", b"?><?xml-stylesheet href='a'?>", invoice, count=1)),
    }  # fmt: skip
    for why, build in refused.items():
        with pytest.raises(ZarfError):
            pytest.fail(f"{why}: {build()}")


def test_a_despatch_for_someone_unregistered_goes_to_gibs_mailbox(paper):
    mailbox = Mailbox("urn:mail:irsaliyepk@gib.gov.tr", "3900892152")
    zarf = paper.zarf(kind=DocumentKind.EIRSALIYE, receiver=mailbox)
    assert kontrol.kontrol_et(zarf.xml).bulgular == []
