"""Pages of a reseller's people: their customers, onboarding, kontör passed on, changes of reseller, the contract.

Owns forms and words. Does not own rules (`billing.resellers`, `ebelge.onboarding`, `tenants.resellers`). Keeps: what is
shown of customers is read as the database role `reseller`; a customer of somebody else is answered as one of nobody's.
"""
