"""Bank transfer: references that people can type, statements that banks write, proposals for who paid what.

Owns reading files and proposing; pure, no table, no network. Does not own orders and never credits: a person or
`settle()` decides. Invariants: a statement is read whole or refused whole; the same file gives the same lines with
the same keys; hostile files are bounded in size, depth and rows.
"""
