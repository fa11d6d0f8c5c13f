"""GİB's registered users: lists taken in, closed accounts, who receives what, the mailbox looked at again.

Owns the rows of the lists; fetching and reading their XML is of `gib`.
"""
