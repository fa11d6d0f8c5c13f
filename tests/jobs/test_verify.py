"""`ebelge verify` holds documents against charges, messages and the archive."""

import pytest

from billing.ledger.verify import Difference
from ebelge.core.db import engine
from ebelge.documents.verify import verify_documents


def differences(world) -> list[Difference]:
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        return list(verify_documents(connection, world.akin, archive=world.store))


def test_documents_agree_at_every_step(world):
    world.submit(*(world.draft(kind, n=index) for index, kind in enumerate(("efatura", "earsiv", "eirsaliye"))))
    assert differences(world) == []
    world.work("sign")
    assert differences(world) == []
    for _ in range(3):
        world.work("send")
        world.promote()
        assert differences(world) == []
    world.settle()
    assert set(world.states()) == {"delivered"}
    assert differences(world) == []


@pytest.mark.parametrize(
    ("sql", "invariant", "words"),
    [
        ("UPDATE charge SET state = 'released' WHERE tenant_id = %s", "I9", "its charge is released"),
        ("DELETE FROM charge WHERE tenant_id = %s", "I9", "its charge is missing"),
        ("UPDATE charge SET kontor = 9 WHERE tenant_id = %s", "I9", "charged 9"),
        ("DELETE FROM document WHERE tenant_id = %s", "I9", "belongs to no document"),
        ("UPDATE document SET state = 'sent' WHERE tenant_id = %s", "outbox", "no message will take it further"),
        ("UPDATE document SET signed_sha256 = sha256('x') WHERE tenant_id = %s", "archive", "SHA-256 differs"),
    ],
)
def test_a_document_that_disagrees_is_named(world, superuser, sql: str, invariant: str, words: str):
    world.submit(world.draft("earsiv"))
    world.settle()
    assert superuser.execute(sql, (world.akin,)).rowcount == 1
    found = differences(world)
    assert (found[0].invariant, words in found[0].text) == (invariant, True), found


def test_a_missing_file_and_a_forgotten_document_are_named(world, superuser):
    (document_id,) = world.submit(world.draft("earsiv"))
    superuser.execute("DELETE FROM outbox_message WHERE tenant_id = %s", (world.akin,))
    assert [found.invariant for found in differences(world)] == ["outbox"]
    (other,) = world.submit(world.draft("earsiv", n=2))
    world.settle()
    signed = world.document(other)
    (world.store.root / str(world.akin) / str(signed.ettn) / "signed.xml").unlink()
    assert sorted(found.invariant for found in differences(world)) == ["archive", "outbox"]
    assert world.document(document_id).state == "accepted"
