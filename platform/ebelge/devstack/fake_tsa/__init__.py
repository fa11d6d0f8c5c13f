"""A time-stamping authority for development and tests: OpenSSL's own (`openssl ts -reply`) behind HTTP (RFC 3161, 3.4).

Owns its keys and its manners; never imports what it is to test. Nobody outside trusts its certificates.
"""
