"""UBL-TR documents: draft -> XML -> facts, findings, readable view.

Owns: the JSON drafts clients post, building and completing UBL-TR 1.2.1, GİB's rules and ours, the stylesheets.
Does not own: numbers and series, signatures, envelopes, anything stored. Pure: no Flask, no database, no clock.
Invariants: input is bounded before it is parsed; no network, no entities; money is whole kuruş; sums agree.
"""
