"""The audit log: who did what to rights, money and settings, when and from where; appended to, chained, never changed.

Owns its tables, the words of the actions, what an entry may hold, the chain of seals and its proof. Does not decide
who may read it, and knows no request. What happens to each document stands in the document's own timeline.
"""
