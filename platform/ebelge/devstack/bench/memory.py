"""What one signing worker needs at its peak while it signs 10,000 invoices."""

from __future__ import annotations

from ebelge.core.clock import utc_now
from ebelge.devstack.bench._client import Client, bulk, watch
from ebelge.devstack.bench._figures import Row, peak_mb, row
from ebelge.devstack.bench._instance import instance
from ebelge.devstack.bench._world import open_senders
from ebelge.devstack.errors import StackError

NAMES = ("worker_memory",)
DOCUMENTS = 10_000
PER_BULK = 1000
LIMIT_MB = 300.0


def rows(rounds: int) -> list[Row]:
    """`worker_memory`: all documents go through one process; one round, since a peak has no median."""
    with instance(signers=1) as running, watch() as seen:
        (pid,) = running.signer_pids()
        (sender,) = open_senders(1, kontor=10 * DOCUMENTS)
        client, since, highest_mb = Client(running.base_url), utc_now(), 0.0
        for number in range(1, DOCUMENTS // PER_BULK + 1):
            began = utc_now()
            client.send_bulk(sender, bulk(sender, PER_BULK))
            seen.all(began)
            highest_mb = max(highest_mb, peak_mb(pid))
            print(f"   {number * PER_BULK} documents: {highest_mb:.0f} MB", flush=True)
        if seen.signed(since) != (DOCUMENTS, DOCUMENTS) or running.signer_pids() != [pid]:
            raise StackError("Not all documents were signed by one and the same worker.")
    against = f"{LIMIT_MB:.0f} MB; peak of one signing worker over {DOCUMENTS} documents"
    return [row("worker_memory", highest_mb, "MB", against=against, limit=LIMIT_MB, reach="<= 1")]
