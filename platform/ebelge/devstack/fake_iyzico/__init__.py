"""A stand-in for iyzico that speaks its protocol over a socket, as a process of its own.

Owns: the hosted checkout form with a page for a person, saved cards, refunds, reports, signed webhooks, and every
misbehaviour on order. Imports nothing of the product but `fake_http`; its signatures are written anew from iyzico's
documentation. Invariants: money is moved before the answer is spoiled; the state survives a restart.
"""
