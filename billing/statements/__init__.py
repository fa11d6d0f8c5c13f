"""The statement of a tenant's kontör: a month, or any period, as of any final instant, every line explained.

Owns: what a statement says and how it is laid out as a table. Does not own: the journal it is read from, prices,
documents (a charge's reference is the document's number). Reads as the tenant only; changes nothing.
"""
