"""Pools: rights to draw that both sides agreed on, draws up to a monthly cap, returns, and the use that a pool sees.

A draw is two single-tenant transactions; a pool never charges anything. Does not own: wallets and transfers
(`billing.ledger`), who runs both halves (`ebelge.jobs.pooling`). Keeps: nothing is drawn without an active right, above
the month's cap or from an empty pool; a member sees neither the pool's lots nor its sisters; a pool sees no documents.
"""
