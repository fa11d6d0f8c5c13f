"""The ways money comes in: iyzico, Stripe, bank transfer, each behind one small set of values.

Owns the protocols of the gateways, what they said (evidence) and how bank statements are read. Does not own orders,
settlement or any table. Invariants: only this package knows a payment SDK; a time-out is never taken for a refusal;
an answer whose signature does not agree proves nothing; no card number and no secret leaves it.
"""
