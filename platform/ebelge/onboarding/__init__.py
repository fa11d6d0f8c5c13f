"""Opening an account whole: tenant, wallet, services, series and sandbox in one transaction.

Owns the order in which the areas below are called. Does not own any of their tables or rules. Invariant: there is no
tenant without wallet and services, and no live customer without a sandbox of its own.
"""
