"""The finance officer's pages: breaks, payments, bank, refunds, revenue, exports, and why a balance is what it is.

Owns the pages only. Reads across tenants as the roles reader and finance, each for what its policies open; a tenant's
own books are changed in that tenant's session alone, by the domain. Test tenants never count.
"""
