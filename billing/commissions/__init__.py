"""Commission: earned on what customers pay, taken back pro rata with what they get back, paid out to the reseller.

Does not own: contracts (`billing.resellers`), orders and refunds. Keeps: entries are appended, never changed; what is
accrued and reversed for an order sums exactly, a whole refund to 0; nothing is paid before the refund window ends.
"""
