"""Resellers: their contracts, kontör passed on from their stock to their own customers, and taken back unspent.

Does not own: what they earn (`billing.commissions`), who a customer's reseller is (`tenants`), lots (`billing.ledger`).
Keeps: only own customers receive; what is held or spent is never taken back; what comes back has its old expiry.
"""
