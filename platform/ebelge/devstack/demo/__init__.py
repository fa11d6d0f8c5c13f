"""`ebelge demo`: real documents of every kind through a running instance, and the proof of what became of them.

Owns the story that is told and the questions that are asked afterwards. Does not own the product: it speaks the API as
any client does, and asks outsiders (xmlsec1, signxml, the simulated GİB, the mail server, the buyer's page) instead of
our tables. Invariants: nothing is believed because we say so ourselves; exit code 0 means every check held.
"""
