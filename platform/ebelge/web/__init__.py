"""Pages for people: the front page, the buyer's page behind its link, error pages.

Owns templates, style and the words on them. Does not own rules of the trade nor the API. Invariants: no script and
nothing from elsewhere on a page without sign-in; a buyer's link shows one document and tells nothing else.
"""
