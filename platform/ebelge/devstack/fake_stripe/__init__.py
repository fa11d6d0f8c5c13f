"""A stand-in for Stripe that speaks its protocol over a socket, as a process of its own.

Owns: Checkout Sessions with a page for a person, payment intents, refunds, disputes, idempotency keys, signed events,
and every misbehaviour on order. Imports nothing of the product but `fake_http`, and not the `stripe` package.
Invariants: money is moved before the answer is spoiled; one idempotency key has one answer; state survives a
restart.
"""
