"""Stripe's hosted checkout, off-session charges, refunds, disputes and webhooks, through the `stripe` package.

Owns how Stripe's objects become values of `billing.payments.gateway`. Does not own orders. Invariants: the API version
is pinned; every call that moves money has an idempotency key made of our own ids; test mode never passes for live.
Stripe opens no accounts for sellers in Türkiye: it is offered only where the selling company has configured one.
"""
