"""A backup taken while documents are on their way, brought back into an empty place, and verified there."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from ebelge.backup import folder as places
from ebelge.devstack import database
from ebelge.devstack.postgres import EmbeddedPostgres
from ebelge.devstack.services import plain_postgres_url

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
ALL_TABLES = (
    "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
)


@pytest.fixture(params=["the same server", "PostgreSQL 15"])
def empty_server(request: pytest.FixtureRequest, world, tmp_path: Path):
    """(owner's URL, superuser's URL) of an empty database."""
    if request.param == "the same server":
        server = world.instance.services.postgres
        owner = database.create(server.owner_url(), "restored")
        yield owner, server.superuser_url("restored")
        return
    if not (DEBIAN_15 / "postgres").exists():
        pytest.skip("needs Debian's postgresql-15 (`apt-get install postgresql-15`)")
    server = EmbeddedPostgres(tmp_path / "pg15", log=tmp_path / "pg15.log", durable=False, bin_dir=DEBIAN_15)
    server.start()
    yield server.owner_url(), server.superuser_url("ebelge")
    server.stop()


def test_a_backup_under_load_comes_back_whole(world, tmp_path: Path, empty_server):
    owner, superuser = empty_server
    folder = tmp_path / "backups"
    documents = world.send_many(50)
    world.wait_for(lambda: world.signed_of(documents) > 0, "work has begun")
    with ThreadPoolExecutor(1) as beside:
        backup = beside.submit(world.ebelge, "backup", str(folder))  # starts up while more documents come in
        documents += [row for _ in range(2) for row in world.send_many(50)]
        taken = backup.result()
    assert taken.returncode == 0, taken.stdout + taken.stderr
    world.injected("a backup while 150 documents came in, were signed and sent")
    world.all_is_right(documents)

    archive = tmp_path / "archive"
    there = {"DATABASE_URL": owner, "EBELGE_ARCHIVE_DIR": str(archive)}
    restored = world.ebelge("restore", str(folder), **there)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert world.verify(**there) == 0
    kept = world.rows("SELECT ettn::text, encode(signed_sha256, 'hex') FROM document", url=superuser)
    assert len(kept) >= 50
    signed = sum(sha256 is not None for _, sha256 in kept)
    for ettn, sha256 in kept:
        if sha256 is not None:
            (file,) = archive.glob(f"*/{ettn}/signed.xml")
            # `ebelge verify` above has unsealed each and compared its hash; on the disk there is nothing to read
            assert b"<Invoice" not in file.read_bytes()
    _same_guards(world, superuser)
    again = world.ebelge("restore", str(folder), **there)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)
    world.found(f"{len(kept)} documents restored, {signed} of them signed; verified; a second restore is refused")


def _same_guards(world, restored: str) -> None:
    """Row security, policies and row counts of the copy are those of the original."""
    forced = "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relforcerowsecurity ORDER BY 1"
    policies = "SELECT tablename::text, policyname::text, qual FROM pg_policies ORDER BY 1, 2"
    for question in (ALL_TABLES, forced, policies):
        assert world.rows(question, url=restored) == world.rows(question)


def test_a_backup_without_its_files_says_so(world, tmp_path: Path):
    documents = world.send_many(4)
    world.all_is_right(documents)
    folder, lost = tmp_path / "backups", tmp_path / "lost.xml"
    (file,) = (world.instance.var / "archive").glob(f"*/{documents[0]['ettn']}/signed.xml")
    os.rename(file, lost)
    try:
        taken = world.ebelge("backup", str(folder))
    finally:
        os.rename(lost, file)
    assert taken.returncode == 1
    assert documents[0]["ettn"] in taken.stdout
    world.injected("a signed document removed from the archive")
    world.found("the backup names it and ends with 1")


def test_the_reader_sees_what_a_superuser_sees(world, tmp_path: Path):
    """Nothing is hidden from a backup by row security: counted by somebody whom no policy binds."""
    taken = world.ebelge("backup", str(tmp_path))
    assert taken.returncode == 0, taken.stdout + taken.stderr
    manifest = places.read_manifest(places.choose(tmp_path))
    with psycopg.connect(plain_postgres_url(world.instance.services.postgres.superuser_url("ebelge"))) as connection:
        for table in manifest.tables:
            counted = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
            if table.name not in ("idempotency", "outbox_message", "api_key"):
                assert counted == (table.rows,), table.name
    names = {table.name for table in manifest.tables} | {"alembic_version"}
    assert names == {name for (name,) in world.rows(ALL_TABLES)}
