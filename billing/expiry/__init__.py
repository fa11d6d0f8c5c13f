"""Kontör that will expire: notices before it happens, and a forecast.

Owns `lot_notice`. Does not post expiry (`billing.ledger.lots`), nor letters: what is to be told is returned.
Invariant: a lot is told of once per step.
"""
