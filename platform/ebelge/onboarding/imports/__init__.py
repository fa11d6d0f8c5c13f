"""What a customer brings from a former integrator: accounts, people, series, kontör, address book, old documents.

Owns the form of the import workbook, its checks, the control totals and the order in which parts are written. Does not
own accounts, series, lots or people: it calls their areas. Invariants: nothing is written while anything is wrong or a
control total differs; a part is written once, however often the same file is imported; what was written is counted
again in the database and must agree.
"""
