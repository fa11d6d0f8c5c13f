"""What people ask about their data, and what the role audit may erase when its time has come."""

from tenants.rules.rule import SEEN, Access, FunctionRule, TableRule

_KEPT = Access("SELECT, INSERT, UPDATE", "all")
TABLES: dict[str, TableRule] = {
    "privacy_request": TableRule(
        "operator", {"people": _KEPT, "audit": Access("SELECT, UPDATE", "all"), "reader": SEEN}
    ),
    "privacy_export": TableRule(
        "operator", {"people": _KEPT, "audit": Access("SELECT, UPDATE", "all"), "reader": SEEN}
    ),
    "privacy_hold": TableRule(
        "operator", {"people": Access("SELECT, INSERT, UPDATE, DELETE", "all"), "audit": SEEN, "reader": SEEN}
    ),
}
# Tables of other areas in which the functions erase: the role audit, which nobody logs in as.
ERASED: dict[str, Access] = {
    "person": Access("SELECT, UPDATE", "all"),
    "recovery_code": Access("SELECT, DELETE", "all"),
    "passkey": Access("SELECT, DELETE", "all"),
    "person_identity": Access("SELECT, DELETE", "all"),
    "person_session": Access("SELECT, DELETE", "all"),
    "one_time_secret": Access("SELECT, DELETE", "all"),
    "membership": Access("SELECT", "all"),
    "invitation": Access("SELECT, UPDATE", "all"),
    "application": Access("SELECT, UPDATE", "all"),
    "acting_consent": Access("SELECT, UPDATE", "all"),
    "lead": Access("SELECT, UPDATE", "all"),
    "letter": Access("SELECT, UPDATE", "all"),
}

FUNCTIONS: dict[str, FunctionRule] = {
    "privacy_due": FunctionRule("audit", ("people",)),
    "privacy_anonymise": FunctionRule("audit", ("people",)),
    "privacy_erase_old": FunctionRule("audit", ("people",)),
}
