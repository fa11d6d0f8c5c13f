"""`/api/v1`: what an ERP talks to.

Owns the routes, the form of requests and answers, and their OpenAPI document. Does not own rules of the trade, and
nothing that pages need as well (`ebelge.edge`). Invariants: another tenant's id is 404; money is kuruş with a
currency; instants are RFC 3339 in UTC; every error is a problem document.
"""
