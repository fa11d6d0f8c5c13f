"""A stand-in for GİB that speaks its protocol over a socket, as a process of its own.

Owns: receiving envelopes, checking them as GİB and the receiving unit would, answering, failing on order.
Does not own: anything of the product; it is somebody else's system, so it never imports `ebelge.ubl` or
`ebelge.signing`. Signatures are verified by signxml, GİB's rules by efatura-kontrol.
Invariants: an envelope is stored before it is answered and checked after; the state survives a restart.
"""
