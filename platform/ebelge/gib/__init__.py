"""Talking to GİB: envelopes (zarf), the SOAP gateway, status codes, the registered user list, a simulator.

Owns: the form of what goes to GİB and of what comes back, and the advised reaction to each answer.
Does not own: documents and their states, kontör, signatures, the database. Imports only `ebelge.core`.
Invariants: one document kind per envelope; a time-out or a dropped connection is an unknown outcome,
never a failure; what comes from outside is parsed without DTD, entities, network or unbounded memory.
"""
