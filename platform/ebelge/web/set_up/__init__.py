"""Pages on which a company sets itself up, and on which the operator's staff look after accounts.

They own words and forms; every rule stands in `tenants.company`, `ebelge.onboarding` and `ebelge.documents`.
"""
