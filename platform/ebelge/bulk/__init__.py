"""Many documents from one file: read, mapped, checked and priced first, then sent as was chosen, and told row by row.

Owns the uploads and their items. What a document is, its rules, number and charge are of `ebelge.documents`; this area
only calls `check_all` and `accept`. Invariants: nothing is sent before somebody starts it; an item and its document are
written in one transaction, so a kill or a repetition never sends one twice; all or nothing is one transaction.
"""
