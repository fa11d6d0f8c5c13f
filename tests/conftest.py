"""What every area's tests may use: real PostgreSQL and Redis, a migrated database, settings, shared facts.

- `services`       both servers, started once per run (or those of DATABASE_URL and REDIS_URL)
- `database_url`   one migrated database for the whole run, owner's URL; tests use ids of their own
- `fresh_database` a migrated database for one test alone
- `settings`       the process's settings, pointing at `database_url` and Redis
- `fresh_settings` the same, pointing at `fresh_database`, for one test
- `redis_url`, `clean_redis`   Redis; emptied before the test
- `tsa`            a time-stamping authority: `tsa.stamper()`, `tsa.trust`, `tsa.order(fail="refuse")`
- `shared_dir`     the folder of published facts (EBELGE_SHARED, else ../shared); skips where it is absent
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psutil
import pytest
import redis

from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import dispose_engines
from ebelge.devstack import database
from ebelge.devstack.services import Services
from tests.strangers.process import all_stopped
from tests.strangers.tsa import Tsa

# A run in the background inherits an ignored SIGINT and would hand it on to the programs whose Ctrl-C we try.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test is timed: a busy machine is no defect.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "ebelge-tests-"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def instance_dir() -> Iterator[Path]:
    """A private folder for this run's servers; short, and gone at the end (or at the next run, after a kill)."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
        if not psutil.pid_exists(int(left.name.removeprefix(FOLDER).split("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def services(instance_dir: Path) -> Iterator[Services]:
    """PostgreSQL and Redis for the whole run. An outer Redis is used in its last database only."""
    env = dict(os.environ)
    if env.get("REDIS_URL"):
        env["REDIS_URL"] = urlunsplit(urlsplit(env["REDIS_URL"])._replace(path="/15"))
    ready = env.get("EBELGE_TEST_CLUSTER")
    if ready:  # made once for all folders (tests/lanes.py)
        shutil.copytree(ready, instance_dir / "var" / "postgres", symlinks=True)
    with Services(instance_dir / "var", durable=False, env=env) as running:
        yield running


@pytest.fixture(scope="session")
def _template(services: Services) -> Iterator[str]:
    """Name of a migrated database that nobody connects to; all others are copies of it."""
    if os.environ.get("EBELGE_TEST_CLUSTER"):
        yield os.environ["EBELGE_TEST_TEMPLATE"]
        return
    name = f"ebelge_template_{secrets.token_hex(4)}"
    database.migrate(database.create(services.database_url, name))
    dispose_engines()
    yield name
    database.drop(services.superuser_url or services.database_url, name)


@pytest.fixture(scope="session")
def make_database(services: Services, _template: str) -> Iterator[Callable[[], str]]:
    """Call it for a further migrated database (owner's URL); all are dropped at the end of the run."""
    made: list[str] = []

    def make() -> str:
        name = f"ebelge_test_{secrets.token_hex(6)}"
        url = database.clone(services.database_url, name, template=_template)
        made.append(name)
        return url

    yield make
    dispose_engines()
    for name in made:
        database.drop(services.superuser_url or services.database_url, name)


@pytest.fixture(scope="session")
def database_url(make_database: Callable[[], str]) -> str:
    """Owner's URL of the database that the run shares."""
    return make_database()


@pytest.fixture
def fresh_database(make_database: Callable[[], str]) -> str:
    """Owner's URL of a database for this test alone."""
    return make_database()


@pytest.fixture(scope="session")
def redis_url(services: Services) -> str:
    """URL of Redis."""
    return services.redis_url


@pytest.fixture
def clean_redis(redis_url: str) -> Iterator[redis.Redis]:
    """An empty Redis database."""
    with redis.Redis.from_url(redis_url) as connection:
        connection.flushdb()
        yield connection


@pytest.fixture(scope="session")
def stack_environment(services: Services, redis_url: str, instance_dir: Path) -> dict[str, str]:
    """Environment variables of a development instance, except DATABASE_URL; for child processes too."""
    archive = instance_dir / "archive"
    archive.mkdir()
    return {
        **services.environment(),
        "REDIS_URL": redis_url,
        "EBELGE_ENVIRONMENT": "development",
        "EBELGE_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "EBELGE_ARCHIVE_DIR": str(archive),
    }


def _settings_for(url: str, environment: dict[str, str]) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "DATABASE_URL": url}.items():
            patch.setenv(name, value)
        current_settings.cache_clear()
        yield current_settings()
        dispose_engines()
    current_settings.cache_clear()


@pytest.fixture(scope="session")
def settings(database_url: str, stack_environment: dict[str, str]) -> Iterator[Settings]:
    """The process's settings for the whole run: `tenant_session()` and `engine()` work from here on."""
    yield from _settings_for(database_url, stack_environment)


@pytest.fixture
def fresh_settings(fresh_database: str, stack_environment: dict[str, str]) -> Iterator[Settings]:
    """Settings on a database for this test alone; the run's settings are back afterwards."""
    yield from _settings_for(fresh_database, stack_environment)


@pytest.fixture(scope="session")
def _tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    if shutil.which("openssl") is None and os.environ.get("EBELGE_ALLOW_MISSING_TOOLS"):
        pytest.skip("openssl is missing")
    with all_stopped() as started:
        started.append(running := Tsa.start_in(tmp_path_factory.mktemp("tsa")))
        yield running


@pytest.fixture
def tsa(_tsa: Tsa) -> Tsa:
    """A time-stamping authority (OpenSSL's) that remembers nothing of other tests."""
    _tsa.control("POST", "reset")
    return _tsa


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of published schemas, code lists and samples; it is not part of this repository."""
    folder = Path(os.environ.get("EBELGE_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"needs the folder of published facts (EBELGE_SHARED, tried {folder})")
    return folder


@pytest.fixture(scope="session")
def postgres_15_bin() -> Path:
    """Programs of Debian's PostgreSQL 15."""
    if not (DEBIAN_15 / "postgres").exists():
        pytest.skip("needs Debian's postgresql-15 (`apt-get install postgresql-15`)")
    return DEBIAN_15
