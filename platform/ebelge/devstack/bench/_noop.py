"""The job that does nothing: what RQ alone costs, from enqueueing to the answer."""

from rq import get_current_job

ANSWER = "ebelge.devstack.bench._noop.answer"


def answer(key: str) -> None:
    """Say that the worker was here. Runs in a worker of the instance."""
    job = get_current_job()
    if job is not None:
        job.connection.rpush(key, b"1")
