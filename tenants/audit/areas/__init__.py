"""What may stand in the audit log, area by area: words, and the fields an entry may keep. Runs no statement."""
