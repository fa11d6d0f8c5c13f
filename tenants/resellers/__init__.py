"""Whose customer a tenant is, and how that changes: asked, answered by every side, effective on a day.

Owns requests to change the reseller and the sides' answers. Does not own what kontör, commission and pools make of it
(`billing`; `ebelge.jobs.reseller_changes` carries it out). Keeps: nobody is moved without its own word; the database's
sub-tree of a reseller follows `tenant.reseller_id` at once.
"""
