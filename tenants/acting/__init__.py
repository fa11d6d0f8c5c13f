"""Acting for a customer: asked with a reason, consented to by the customer, limited in time and rights, seen by it.

Owns consents and what was done under them from when to when. Does not own people and their sessions, nor what rights
there are (`tenants.rights`). Keeps: nobody acts without a consent that is given and not over at that very instant; a
consent is one person's; what nobody may do for others (`NEVER_BY_OTHERS`) no consent gives.
"""
