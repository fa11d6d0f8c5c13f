"""What every request passes on its way in and out, shared by API and pages.

Owns authentication and scopes, request ids, body limits, problem documents, idempotency keys, security headers and
health. Does not own any route of the trade. Invariants: a route that names neither a scope nor stands in the short
public list is refused; an answer is rendered before its transaction commits; a refusal keeps nothing.
"""
