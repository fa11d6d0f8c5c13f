"""Ground that every area stands on: settings, database sessions, tenancy, clock, money, errors, secrets, logs.

Owns no table and no rule of the trade. Imports nothing of ours.
"""
