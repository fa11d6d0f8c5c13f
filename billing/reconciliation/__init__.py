"""Finance's comparison of everything with everything: what does not agree becomes a break for a person.

Owns: the checks of payments, bank and gateway lists against orders and grants (A), of charges against documents (B),
the roll-forward of every wallet (C), revenue, breakage and commission (D), the runs that make breaks of what differs.
Does not own: the break queue itself (`billing.breaks`), the ledger's own invariants (`billing.ledger.verify`),
documents (it reads their view `document_outcomes`), any correction: nothing that is compared is ever changed.
"""
