"""What comes in from GİB: envelopes stored at once and judged later, documents delivered whole or refused whole.

Owns the rows of incoming envelopes, documents, answers to our own documents, and their timeline. Does not own the SOAP
contract (`gib.efatura_server`), signatures (`signing.verify`) nor what is answered (`documents.answers`).
"""
