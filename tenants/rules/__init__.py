"""What each role may do with each table and who may call which function, area by area; `tenants.isolation` joins them.

Owns no table and runs no statement: these are lists of rules. A rule and the migration that makes it true go together.
"""
