"""What people keep to write documents with: drafts and templates, their address book, their products.

Nothing here is a document: it has no number, costs nothing and may be wrong. `submit` alone makes documents.
"""
