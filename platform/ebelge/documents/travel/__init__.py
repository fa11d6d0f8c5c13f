"""A signed document on its way: envelopes, GİB's answers, mails, how long to wait, and what else travels so (parcels).

Owns the rows of envelopes and mails. Does not own the envelope's form nor the protocol (`gib`), nor the calls (`jobs`).
"""
