"""The first page of a company: one sentence, what waits for a person, how the kontör burn down, this month's documents.

Every figure is a domain function's and leads to what it is made of; nothing here counts anew. Statements are bounded
or counted from an index (ADR 0147).
"""
