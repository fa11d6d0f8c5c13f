"""Signing: XAdES signatures by GİB's profile, the seals that make them, and their verification.

Owns: the signature's structure (xades), the place it stands in (document), seals (PKCS#12, PKCS#11),
the reference signer and the verifier (both on signxml), the development certificates.
Does not own: what a document says (ubl), which seal a tenant uses and where its file lies (documents,
tenants), the XSD and schematron (ubl.validate). Pure: no Flask, no database, no queue, no clock, no network.
Invariants: one ds:Signature per document, over the whole document; what is sent is, octet for octet, what
was hashed, with the signature put in; a private key never leaves its seal; a seal is opened and used in
one process; nothing that signxml refuses is accepted.
"""
