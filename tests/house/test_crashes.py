"""Whatever ends the parent, no server stays, and the next start goes on."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from ebelge.devstack.cluster import binaries
from ebelge.devstack.errors import StackError
from ebelge.devstack.folders import reachable
from ebelge.devstack.postgres import EmbeddedPostgres
from ebelge.devstack.processes import NOBODY, ProcessRecord, free_port
from ebelge.devstack.redis import EmbeddedRedis, packaged_program
from ebelge.devstack.services import Services

HOLD = """
    import sys, time
    from pathlib import Path
    from ebelge.devstack.services import Services

    with Services(Path(sys.argv[1]), durable=False, env={}) as services:
        print(services.database_url, flush=True)
        time.sleep(600)
"""


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_its_parent(var, script, start, below, wait_until, ending):
    parent = start([*script("hold", HOLD), str(var)])
    assert parent.stdout.readline().startswith("postgresql://")
    assert below(var)

    parent.send_signal(ending)
    parent.wait(20)

    wait_until(lambda: not below(var))


def test_what_was_committed_before_a_kill_is_there_after_it(var, script, start):
    parent = start([*script("hold", HOLD), str(var)])
    url = parent.stdout.readline().strip()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES ('kalıcı')")
    server = ProcessRecord.load(var / "postgres" / "server.json")
    os.kill(server.pid, signal.SIGKILL)
    parent.kill()
    parent.wait(10)

    with (
        Services(var, durable=False, env={}) as services,
        psycopg.connect(services.database_url) as connection,
    ):
        assert connection.execute("SELECT text FROM note").fetchall() == [("kalıcı",)]


def test_a_server_that_dies_alone_comes_back_on_its_port(var, wait_until):
    with Services(var, durable=False, env={}) as services:
        url = services.database_url
        for server in (services.postgres, services.redis):
            os.kill(server.pid, signal.SIGKILL)
            wait_until(lambda server=server: not server.running())
            wait_until(lambda server=server: services.tend() or server.running())
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_second_start_on_the_same_folder_says_who_runs(var, script, start):
    parent = start([*script("hold", HOLD), str(var)])
    parent.stdout.readline()

    with pytest.raises(StackError, match=f"already runs.*process {parent.pid}"):
        Services(var, env={}).start()


def test_a_recycled_pid_is_left_alone(var):
    with Services(var, durable=False, env={}):
        pass
    mine = os.getpid()
    stranger = {"pid": mine, "started_at": 1.0, "port": 0}
    (var / "postgres" / "server.json").write_text(json.dumps(stranger))
    (var / "redis" / "server.json").write_text(json.dumps(stranger))
    (var / "postgres" / "data" / "postmaster.pid").write_text(f"{mine}\n{var}\n")

    with Services(var, durable=False, env={}) as services:
        assert services.postgres.running()
    assert ProcessRecord.of(mine).alive()


def test_a_data_folder_of_another_version_is_not_touched(var):
    with Services(var, durable=False, env={}):
        pass
    (var / "postgres" / "data" / "PG_VERSION").write_text("14\n")

    with pytest.raises(StackError, match=r"made by PostgreSQL 14.*rm -r"):
        Services(var, env={}).start()


def test_a_taken_port_is_named(var, redis_url):
    port = redis_url.rsplit(":", 1)[1].split("/")[0]
    with pytest.raises(StackError, match=f"Port {port}, wanted for PostgreSQL, is taken"):
        Services(var, env={"EBELGE_POSTGRES_PORT": port}).start()


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 12 MB; only root can make one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("needs root and the right to mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named(tiny_disk):
    with pytest.raises(StackError, match=r"disk that holds .* is full"):
        Services(tiny_disk / "var", env={}).start()


def test_a_file_where_a_folder_must_be_is_named(tmp_path):
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(StackError, match="it is a file"):
        Services(tmp_path / "var", env={}).start()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_named(tmp_path):
    (tmp_path / "var").mkdir(mode=0o500)
    with pytest.raises(StackError, match="cannot be written"):
        Services(tmp_path / "var", env={}).start()


def test_a_missing_program_is_named():
    with pytest.raises(StackError, match="no program `postgres`"):
        binaries({"EBELGE_POSTGRES_BIN": "/nonexistent"})


def test_a_database_that_does_not_answer_is_named(var):
    url = f"postgresql://owner:x@127.0.0.1:{free_port()}/ebelge"
    with pytest.raises(StackError, match="unset DATABASE_URL"):
        Services(var, env={"DATABASE_URL": url}).start()


def test_an_owner_who_may_not_create_roles_is_named(var, services):
    with psycopg.connect(services.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'")
        url = services.database_url.replace(services.database_url.split("@")[0], "postgresql://weak:weak")
        with pytest.raises(StackError, match="ALTER ROLE"):
            Services(var, env={"DATABASE_URL": url}).start()
        connection.execute("DROP ROLE weak")


def test_servers_of_ones_own_are_used_and_not_stopped(var, services):
    env = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    with Services(var, env=env) as outer:
        assert outer.environment()["DATABASE_URL"] == services.database_url
    assert services.postgres.running()
    assert services.redis.running()


def test_a_path_longer_than_a_socket_name_is_no_hindrance(tmp_path):
    var = tmp_path / ("uzun" * 30) / ("yol" * 40)
    with Services(var, durable=False, env={}) as services:
        assert services.redis.running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_root_without_user_namespaces_runs_it_as_nobody(monkeypatch):
    monkeypatch.setattr("ebelge.devstack.cluster.namespaces_allowed", lambda: False)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        log = Path(folder) / "log"
        server = EmbeddedPostgres(Path(folder) / "postgres", log=log, durable=False)
        if not reachable(server.bin_dir, NOBODY):
            pytest.skip("nobody cannot reach the programs of this virtual environment")
        server.start()
        try:
            assert psutil.Process(server.pid).uids().real == NOBODY
        finally:
            server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_root_without_any_way_is_told_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr("ebelge.devstack.cluster.namespaces_allowed", lambda: False)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(StackError, match="ordinary user"):
        EmbeddedPostgres(closed / "postgres", log=tmp_path / "log").start()


@pytest.mark.debian15
def test_debian_s_postgresql_15_serves_as_well(tmp_path, postgres_15_bin):
    server = EmbeddedPostgres(tmp_path / "postgres", log=tmp_path / "log", durable=False, bin_dir=postgres_15_bin)
    server.start()
    try:
        with psycopg.connect(server.owner_url()) as connection:
            assert connection.info.server_version // 10000 == 15
    finally:
        server.stop()


def test_the_redis_of_the_pip_package_serves_as_well(tmp_path):
    server = EmbeddedRedis(tmp_path / "redis", log=tmp_path / "log", program=packaged_program())
    server.start()
    assert server.running()
    server.stop()
    assert not server.running()


def test_secrets_are_readable_by_their_owner_only(services):
    names = ("postgres.password", "owner.password", "password", "redis.conf")
    files = [file for file in services.var.rglob("*") if file.name in names]
    assert len(files) >= 4
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_python_s_own_name_for_the_platform_still_works():
    assert "platform/ebelge" not in str(sys.modules.get("platform", "")), "platform/ must never be a package"
