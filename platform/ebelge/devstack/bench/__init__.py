"""Benchmarks, each beside a physical limit measured in the same run, in turn.

Owns: the rows of `make bench`. Does not own: any code that is measured, or a timed test.
Invariants: a module offers NAMES and `rows(rounds)`; value and limit are medians of at least five rounds taken
in turn; load goes to loopback only and stops by itself.
"""
