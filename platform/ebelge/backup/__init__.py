"""Backup and restore: the database in one snapshot, then the archive, which only grows.

Owns the folder of backups: its layout, manifest and checks. Does not own schema and roles (migrations), the archive's
files (`ebelge.archive`) or the proof that books are right (`ebelge verify`, which the commands run at the end).
Invariants: a backup without its manifest does not exist; every file that the database names is in it or is named as
missing; a restore fills an empty place or nothing, and the rows appear all at once.
"""
