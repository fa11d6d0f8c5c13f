"""Our stylesheet lies in the database once; a document's XML is stored without it and read with it, byte for byte."""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from lxml import etree
from sqlalchemy.exc import DBAPIError

from ebelge.core import migrate
from ebelge.core.db import dispose_engines, role_session
from ebelge.devstack.services import plain_postgres_url
from ebelge.documents.sheets import Stored, without
from ebelge.documents.submission import Submission
from ebelge.documents.submit import DuplicateEttn
from ebelge.ubl import stylesheet
from ebelge.ubl.names import tag
from ebelge.ubl.types import DocumentKind

KINDS = (DocumentKind.EFATURA, DocumentKind.EARSIV, DocumentKind.EIRSALIYE, DocumentKind.EMM)


def _stored(world: Any) -> list[tuple[Any, ...]]:
    """Hash at acceptance, XML as it is read, XML as it lies, and the sheet's hash."""
    return world.rows(
        "SELECT d.source_sha256, s.source, x.source, x.sheet_sha256 FROM document d "
        "JOIN document_source s USING (tenant_id, document_id) JOIN document_xml x USING (tenant_id, document_id) "
        "ORDER BY d.document_id"
    )


def _is_whole(row: tuple[Any, ...]) -> bool:
    return sha256(row[1]).digest() == row[0]


def test_every_kinds_xml_is_read_as_it_was_accepted_and_lies_without_our_stylesheet(world: Any) -> None:
    for kind in KINDS:
        world.send(Submission(draft=world.draft(kind)))
    rows = _stored(world)
    sheets = dict(world.rows("SELECT sha256, encoded FROM embedded_sheet"))
    assert len(rows) == 4
    assert all(_is_whole(row) for row in rows)
    assert all(len(lying) + len(sheets[sheet]) == len(source) for _, source, lying, sheet in rows)
    assert {bytes(one) for one in sheets.values()} <= {b64encode(one) for one in stylesheet.every_source()}
    assert len(sheets) == 3  # both invoices have one


def test_many_at_once_are_stored_alike(world: Any) -> None:
    one = world.check(Submission(xml=world.xml("earsiv")))
    batch = [replace(one, ettn=uuid4()) for _ in range(20)]
    world.accept(world.facts(), batch)
    world.accept(world.facts(), [replace(one, ettn=uuid4()) for _ in range(20)])  # the sheet is there now
    rows = _stored(world)
    assert len(rows) == 40
    assert all(_is_whole(row) and row[3] for row in rows)
    assert len(world.rows("SELECT 1 FROM embedded_sheet")) == 1


def test_first_documents_at_the_same_instant_enter_one_sheet(world: Any) -> None:
    one, known = world.check(Submission(draft=world.draft())), world.facts()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: world.accept(known, [replace(one, ettn=uuid4())]), range(8)))
    rows = _stored(world)
    assert len(rows) == 8
    assert all(_is_whole(row) and row[3] for row in rows)
    assert len(world.rows("SELECT 1 FROM embedded_sheet")) == 1


def test_a_refused_document_leaves_no_reference_to_a_sheet_that_is_not_there(world: Any) -> None:
    """The sheet goes with the transaction that brought it; who comes next brings it again."""
    one, known = world.check(Submission(draft=world.draft())), world.facts()
    with pytest.raises(DuplicateEttn):
        world.accept(known, [one, one])
    assert world.rows("SELECT 1 FROM embedded_sheet") == []
    world.accept(known, [one])
    assert all(_is_whole(row) and row[3] for row in _stored(world))


def test_what_a_client_embeds_stays_in_its_document(world: Any) -> None:
    root = etree.fromstring(world.xml())
    (embedded,) = root.iter(tag("cbc:EmbeddedDocumentBinaryObject"))
    ours = stylesheet.source(root)
    embedded.text = b64encode(ours.replace(b"<xsl:stylesheet", b"<xsl:stylesheet id='theirs'", 1)).decode()
    world.send(Submission(xml=etree.tostring(root, encoding="UTF-8", xml_declaration=True)))
    ((_, source, lying, sheet),) = rows = _stored(world)
    assert _is_whole(rows[0])
    assert (bytes(source), sheet) == (bytes(lying), None)
    assert embedded.text.encode() in source


@pytest.mark.parametrize("source", [b"", b"<a/>", b"<a>" + b64encode(stylesheet.every_source()[0])[:-4] + b"</a>"])
def test_xml_without_our_stylesheet_is_left_as_it_is(source: bytes) -> None:
    assert without(source) == Stored(source)


def test_a_role_can_enter_only_what_the_hash_says_and_nobody_takes_it_away(world: Any) -> None:
    world.send(Submission(draft=world.draft()))
    for sql, error in (
        ("INSERT INTO embedded_sheet VALUES (sha256('a'), 'b')", psycopg.errors.CheckViolation),
        ("DELETE FROM embedded_sheet", psycopg.errors.InsufficientPrivilege),
        ("UPDATE embedded_sheet SET encoded = ''", psycopg.errors.InsufficientPrivilege),
    ):
        with pytest.raises(DBAPIError) as refused, role_session("app") as session:
            session.connection().exec_driver_sql(sql)
        assert isinstance(refused.value.orig, error)


def test_going_back_puts_every_documents_xml_together_again(world: Any, fresh_database: str) -> None:
    for kind in KINDS:
        world.send(Submission(draft=world.draft(kind)))
    hashes = [row[0] for row in _stored(world)]
    dispose_engines()
    try:
        migrate.downgrade(fresh_database, "0034_bank_files")
        with psycopg.connect(plain_postgres_url(fresh_database)) as owner:
            owner.execute("ALTER TABLE document_xml NO FORCE ROW LEVEL SECURITY")
            sources = owner.execute("SELECT source FROM document_xml ORDER BY document_id").fetchall()
            owner.rollback()
        assert [sha256(source).digest() for (source,) in sources] == hashes
    finally:
        migrate.upgrade(fresh_database)
        dispose_engines()
