"""Tables of what is sold: catalogue, orders and payments, bank, returns, resellers, pools, upkeep, finance.

Owns: the mapping of these tables and the sums the database keeps for them. Does not own: ledger rows
(`billing.ledger.models`), any rule or write. What each role may do with them: `tenants.isolation`.
Amounts are whole kontör and whole kuruş; instants are UTC.
"""
