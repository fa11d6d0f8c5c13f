"""What the fake payment gateways have in common: a process, a socket, a memory, orders to misbehave, a postman.

Owns no protocol of any gateway. Never imports `billing`, so a mistake of ours is not made twice. Invariants: state
survives a restart; the control desk answers loopback only; a process ends with the one that started it.
"""
