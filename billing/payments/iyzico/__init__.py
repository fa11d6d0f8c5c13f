"""iyzico's hosted checkout form, stored cards, refunds and reports, through the `iyzipay` package.

Owns the wire of iyzico (signatures, amounts, error codes) and turns its answers into values of
`billing.payments.gateway`. Does not own orders. Invariants: a signature per request and per response, compared in
constant time; no call that moves money is sent again before iyzico was read.
"""
