"""Events for customers' own systems, by Standard Webhooks: told, signed, called, tried again, replayed.

Owns `webhook_endpoint`, `webhook_event`, `webhook_delivery`. Invariants: an event is told once per occasion; a secret
is shown once and kept closed; only public addresses are called, at the address that was checked.
"""
