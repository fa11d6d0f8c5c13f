"""The queue of record: a message is a row in the transaction that caused it; Redis is only its doorbell.

Owns put, claim, done, retry and dead letters. Does not own what a message means. Invariants: a message is handed
out under a lease with a fencing attempt number, only the holder of the newest attempt can end it, and every
message ends as done or as a dead letter that a person can see and retry.
"""
