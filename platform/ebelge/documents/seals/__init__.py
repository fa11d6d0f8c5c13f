"""Seals of tenants and of the operator: entered, opened, and whether their certificates may sign.

Owns the rows of seals, tokens and certificate answers; the cryptography is of `signing`.
"""
