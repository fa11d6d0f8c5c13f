"""What is kept: the one list of archived files, what its search finds, files read again, days stamped together.

Owns what says which file lies where and how it fares. The files themselves are of `archive`, their stamps of `signing`.
"""
