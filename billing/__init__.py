"""Kontör and money: ledger, catalogue, orders, payments, reconciliation.

Does not own documents: the ledger charges charges. Invariants: `billing.ledger` is the only writer of ledger rows;
only `billing.payments` knows a payment SDK; amounts are whole kontör and whole kuruş.
"""
