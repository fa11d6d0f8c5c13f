"""Who may do what: tenants, people, API keys, isolation of rows, the locator, the audit log.

Owns the three classes of table and the database roles (as data in `isolation`), and every look-up that happens
before a tenant is known. Does not own kontör, documents or payments. Invariant: a row of one tenant is neither
read nor written in a session of another, and the database alone keeps it so.
"""
