"""A document from acceptance to its final state.

Owns documents, their series and numbers, their moves and timeline, envelopes as the tenant sees them. Does not own
UBL rules (`ebelge.ubl`), signatures (`ebelge.signing`), GİB's protocol (`ebelge.gib`) or kontör (`billing.ledger`).
Invariants: what got an answer 2xx is never lost; a refused document leaves no row, takes no number and costs
nothing; nothing is signed without a charge; each state is reached by a move of `states.MOVES` only.
"""
