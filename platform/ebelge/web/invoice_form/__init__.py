"""Yeni belge: one form for every kind, whose fields are named by the paths of the API's JSON.

What is typed becomes exactly the body of POST /documents and goes its way (`documents.submit`); there is no other.
"""
