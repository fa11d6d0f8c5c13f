"""Messages to people: today the mail that brings a document to its buyer.

Owns letters (their words and looks) and the mailer (SMTP). Does not own when a letter is sent or what a failure
means for a document (`ebelge.documents.deliver`). No Flask, no database. Invariants: a letter sent twice carries the
same Message-ID; nothing from a document or a tenant can add a header; a time-out is no refusal.
"""
