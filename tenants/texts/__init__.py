"""Texts that people accept, in dated versions, and who accepted which.

Owns the kinds of text (`kinds`), their published versions (`versions`, drafts in `published/`), acceptances
(`acceptances`) and what is outstanding for a person in an account (`outstanding`). Does not own pages or sessions.
Invariants: a version never changes once published; an acceptance is never changed nor removed, withdrawing consent is a
further row; what is outstanding never stops reading or exporting.
"""
