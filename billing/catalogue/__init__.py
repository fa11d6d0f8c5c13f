"""The catalogue: what a package of kontör costs, and how many kontör a charge costs.

Owns reading and succeeding versions of packages, prices and charge kinds. Does not own orders or charges: both copy
what they were made from. Invariants: versions of one code (or kind) and scope never overlap; one never changes but for
an end to come; the more exact scope wins: tenant, reseller, public.
"""
