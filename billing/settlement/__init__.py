"""What follows from money: crediting what was paid, giving money back, disputes, what is owed to us.

Owns settle() and every other way in which a payment changes the ledger. Does not own gateways (`billing.payments`),
orders' own life (`billing.orders`) or commission. Invariant: lots and the state that explains them change in one
transaction, and no call to a gateway stands inside one.
"""
