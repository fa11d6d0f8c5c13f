"""Series and numbers: set up, chosen, given out without a gap, given back.

Owns series, their years and open numbers; the lock of a series' year is the second in the lock order.
"""
