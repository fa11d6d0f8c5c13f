"""The e-Arşiv report as bookkeeping: what it names, when it is due, how it goes on, what its end means.

Owns the rows; the XML and the service are of `gib`, the clock's and the queue's part of `jobs`.
"""
