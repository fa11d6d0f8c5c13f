"""The readable form of documents: pages by foreign stylesheets, and PDFs, made in processes that can be killed.

Owns: what a foreign stylesheet may be, the processes it runs in and their bounds, the cleaning of pages, PDF/A.
Does not own: our own stylesheets and the QR code (`ebelge.ubl`), designs as rows (`tenants.company`), who may see what.
Invariants: a foreign stylesheet never runs in a process that can open a file or a socket; every answer comes within a
bounded time; what a page holds is cleaned before anybody sees it; without a foreign stylesheet no process is asked.
"""
