"""Messages to people and to their systems: mails that bring documents, letters to a tenant's own people, webhooks.

Owns letters (their words and looks), the mailer (SMTP) and outgoing webhooks. Does not own when something is told or
what a failure means for a document (`ebelge.documents.travel.deliver`). No Flask. Invariants: a letter sent twice
carries the same Message-ID; nothing from a document or a tenant can add a header; a time-out is no refusal.
"""
