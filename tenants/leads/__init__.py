"""Leads: what people ask for on the website before they are anybody's customer, and what becomes of it.

Owns the two tables, the states, the choices of the forms (`choices`), and the lists (`desk` for the operator,
`assigned` for a reseller). Does not own letters (`ebelge.jobs.enquiries`) or pages. Invariants: a lead belongs to the
operator's own account, so no customer's session sees one; a reseller's role sees what was assigned to him and nothing
else, kept by the database; the history is only added to; the same form sent twice is one lead.
"""
