"""The credit ledger: wallets, lots, charges, journal, transfers; the only writer of ledger rows.

Writes are SQL functions (sources in sql/, run as the role ebelge_ledger). Does not know what a document, an order
or a payment is. Invariants: nothing is spent twice or below zero; each movement is one journal entry in a hash chain
per wallet; kontör that comes back goes to the lot it came from, or to a grace lot when that one has ended.
"""
