"""Orders of kontör: placed, paid by attempts, ended. One life-cycle for every way to pay.

Owns orders, payment attempts, their timeline and saved cards. Does not own crediting (`billing.settlement`) or any call
to a gateway. Invariants: an order's amounts never change once it is placed; states move by one table; an attempt is
committed before its gateway is called; nothing here credits kontör.
"""
