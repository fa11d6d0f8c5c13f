"""The archive: bytes that were signed or sent, kept as they were.

Owns the files below the archive folder: exclusive creation, durability, reading back, finding what is left over.
Does not own what the files mean, who may read them, or how long they are kept (retention is another issue).
Invariants: a key is written once and never changed; a key that exists is complete; what `put` returned survives a
power cut; no name or id leads out of the folder.
"""
