"""Keeping a wallet filled: the low-balance watch and automatic top-up by a saved card.

Owns `kontor_watch`, `topup_plan` and `topup_run`. Does not own orders, charging, letters or events: what is to be told
is returned, and `ebelge.jobs` tells it in the same transaction. Invariants: one run at a time; runs under way and
credited never exceed the month's cap; a suspended plan is resumed by a person only.
"""
