"""Kontör for people: the wallet and its lots, buying, orders, statement, use, top-up, refunds, why a balance is so.

Owns pages and words. Does not own a figure: each comes from `billing`, as the API gives it.
"""
