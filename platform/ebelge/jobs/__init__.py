"""The work behind the counter: what carries messages from the outbox to workers, and what workers do with them.

Owns the relay (outbox -> RQ), the RQ tasks, the worker process, the clock (sweeps, expiry, cleaning), dead letters.
Does not own what a step means (`ebelge.documents`), messages and leases (`ebelge.outbox`), or any truth: Redis may
be wiped at any instant and nothing is lost. Invariants: a claim is committed before it is handed over; an effect is
written in the transaction that ends its message; each document of a job is finished or failed by itself; no network
call and no signature is made inside a transaction.
"""
