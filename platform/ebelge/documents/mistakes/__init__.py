"""A document that was issued wrongly: what is lawful now, cancelling, objecting, and what happened outside.

Owns the records; kontör are never given back here.
"""
