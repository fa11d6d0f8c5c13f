"""People who sign in: who they are, what proves it, and which sessions they have open.

Owns persons, their factors (password, TOTP, recovery codes, passkeys), one-time secrets, sessions and the lockouts that
bound guessing. Does not own what a person may do (`tenants.members`, `tenants.rights`), nor pages and cookies
(`ebelge.edge`). Invariants: no role that serves other pages reads a factor; of every secret a hash or a closed form is
kept; a secret that is used once is used once, however many try at the same instant.
"""
