"""The month of an account: what each document says of its taxes, sums by class and rate, and what was handed out.

Owns `document_tax` (written where a document is accepted, ADR 0153) and `month_export`. Keeps: sums are sums of what
documents say, never computed from rates; what was handed out is recorded with its control totals and never changed.
"""
