"""Personal data: what is kept of whom and why (one table of classes), copies for the person, requests, erasing on time.

Owns its tables, the record of processing and the functions that erase. Documents, ledger and the chain of the audit log
are kept as the law wants them: what names a person there goes, what was done stays.
"""
