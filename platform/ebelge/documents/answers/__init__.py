"""Answers both ways: ours to incoming documents, once and in time, and the buyers' to our own.

Owns their rows, deadlines and sealing as bookkeeping. Does not own their XML (`ubl`) nor their envelopes (`parcels`).
"""
