"""Who may act for a tenant: memberships with their role and reach, and the invitations that lead to them.

Does not own people and their factors (`tenants.people`), nor what a role may do (`tenants.rights`). Invariants: a
tenant that ever had a head (its kind's first role) keeps one; nobody gives more than he has; an invitation is accepted
once, by the address it was sent to; of its token only the SHA-256 is kept.
"""
