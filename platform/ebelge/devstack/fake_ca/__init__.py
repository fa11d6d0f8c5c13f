"""Those who issue seals, for tests: a root, an issuing authority, its OCSP responder and both their CRLs.

Owns its keys and its manners; never imports what it is to test. Nobody outside trusts its certificates.
"""
