"""Applications for an account: what was applied for, by whom, and what became of it.

Owns the application's row, its states and the lists of the operator and of resellers. Does not own the account itself
(`ebelge.onboarding`), people (`tenants.people`) or letters (`ebelge.jobs.signing_up`). Invariants: an account has one
open application at most; what was decided stays with who decided it and why; nobody learns from an application's
answer whether an address or a taxpayer is known.
"""
