"""What arrives is what was given, other threads run meanwhile, errors are the driver's."""

import signal
import threading
from datetime import UTC, date, datetime
from uuid import UUID

import psycopg
import pytest

from ebelge.core import wire
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url

TYPES = {
    "text": ["", "plain", "it's", 'a "b"', "back\\slash", "\\'; DROP TABLE x; --", "%s %", "çğıöşü İ 😀", "$1 $$"],
    "uuid": [new_id(), UUID(int=0)],
    "bigint": [0, -1, 2**62],
    "boolean": [True, False],
    "timestamptz": [datetime(2026, 11, 23, 3, 4, 5, 678901, UTC)],
    "date": [date(2026, 1, 31)],
    "bytea": [b"", b"\x00\xff'\\"],
    "uuid[]": [[], [new_id(), new_id()]],
    "text[]": [["a", None, "b,'\"\\{}"]],
    "bigint[]": [[1, -2], [], [3, None]],
    "boolean[]": [[True, False]],
    "timestamptz[]": [[datetime(2026, 11, 23, 3, 4, 5, 678901, UTC), datetime(2026, 1, 1, tzinfo=UTC)]],
    "bytea[]": [[b"", b"\x00\xff'\\{,\""], [b"one", None]],
}


@pytest.fixture
def open_one(database_url: str):
    opened = []

    def make() -> psycopg.Connection:
        opened.append(psycopg.connect(plain_postgres_url(database_url), autocommit=True))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


@pytest.mark.parametrize(("of", "value"), [(of, value) for of, values in TYPES.items() for value in [*values, None]])
def test_a_value_comes_back_as_it_was_given(open_one, of: str, value) -> None:
    connection = open_one()
    wire.exchange(connection, f"PREPARE echo AS SELECT $1::{of} AS said")
    (result,) = wire.exchange(connection, f"EXECUTE echo({wire.literals(connection, [value])})")
    ((said,),) = wire.rows(connection, result)
    assert said == value
    assert type(said) is type(value)


def test_text_with_nul_is_refused_before_it_is_sent(open_one) -> None:
    with pytest.raises(psycopg.DataError):
        wire.literals(open_one(), ["a\0b"])


def test_each_statement_of_a_message_has_its_rows(open_one) -> None:
    connection = open_one()
    results = wire.exchange(connection, "BEGIN; SELECT 1 AS one, 'x' AS two; SELECT WHERE false; COMMIT")
    first, *others = [wire.rows(connection, result) for result in results]
    assert first == []
    assert [(row.one, row.two) for row in others[0]] == [(1, "x")]
    assert others[1:] == [[], []]


def test_the_first_error_is_the_one_raised_and_nothing_after_it_is_run(open_one) -> None:
    connection = open_one()
    with pytest.raises(psycopg.errors.DivisionByZero) as caught:
        wire.exchange(connection, "CREATE TEMP TABLE kept (n int); SELECT 1/0; DROP TABLE kept_not")
    assert caught.value.sqlstate == "22012"
    (result,) = wire.exchange(connection, "SELECT to_regclass('kept') AS there")
    assert wire.rows(connection, result)[0].there is None


def test_long_messages_and_long_answers_arrive_whole(open_one) -> None:
    connection, megabytes = open_one(), 8
    wire.exchange(connection, "PREPARE twice AS SELECT $1 || $1 AS said")
    given = wire.literals(connection, ["x" * (megabytes << 20)])
    (result,) = wire.exchange(connection, f"EXECUTE twice({given})")
    assert len(wire.rows(connection, result)[0].said) == 2 * (megabytes << 20)


def test_other_threads_run_while_one_waits_for_a_lock(open_one) -> None:
    holder, waiter = open_one(), open_one()
    wire.exchange(holder, "BEGIN; SELECT pg_advisory_xact_lock(59)")
    thread = threading.Thread(target=wire.exchange, args=(waiter, "SELECT pg_advisory_lock(59)"))
    thread.start()
    waiting = f"SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND pid = {waiter.info.backend_pid}"
    while not wire.rows(holder, wire.exchange(holder, waiting)[0])[0].n:
        assert thread.is_alive()
    wire.exchange(holder, "COMMIT")  # nobody could say so if the waiting thread held the interpreter
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_an_interrupted_wait_closes_the_connection(open_one) -> None:
    waiter, watcher = open_one(), open_one()
    sleeping = f"SELECT count(*) AS n FROM pg_stat_activity WHERE pid = {waiter.info.backend_pid} AND state = 'active'"

    def interrupt() -> None:
        while not wire.rows(watcher, wire.exchange(watcher, sleeping)[0])[0].n:
            pass
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        wire.exchange(waiter, "SELECT pg_sleep(20)")
    thread.join()
    assert waiter.closed


def test_a_server_that_goes_away_is_an_operational_error(open_one) -> None:
    connection, other = open_one(), open_one()
    wire.exchange(other, f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")
    with pytest.raises(psycopg.OperationalError):
        wire.exchange(connection, "SELECT 1")
    assert connection.closed


@pytest.mark.parametrize("kind", ["text", "uuid", "bigint", "boolean", "timestamptz"])
def test_a_prepared_statement_asked_for_by_its_name_gets_what_was_given(kind: str, open_one) -> None:
    connection = open_one()
    wire.exchange(connection, f"PREPARE back AS SELECT $1::{kind} AS value")
    for value in [*TYPES[kind], None]:
        result = wire.execute(connection, "back", [value])
        assert result is not None
        assert [row.value for row in wire.rows(connection, result)] == [value]


def test_what_has_no_form_of_its_own_is_not_sent_by_name(open_one) -> None:
    connection = open_one()
    assert wire.execute(connection, "never prepared", [["a list"]]) is None
    with pytest.raises(psycopg.DataError, match="NUL"):
        wire.execute(connection, "never prepared", ["a\0b"])
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        wire.execute(connection, "never prepared", ["text"])
    assert wire.exchange(connection, "SELECT 1")
