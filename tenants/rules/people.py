"""People, their factors and sessions, and what signing in leaves behind.

Only the role `people` reads them, and `reader`, which takes the backup. `app` learns a name by id through
`people_named`, and enters whoever signs up by `sign_up_person`; both run as `directory`.
"""

from tenants.rules.rule import SEEN, Access, FunctionRule, TableRule

_ALL = Access("SELECT, INSERT, UPDATE, DELETE", "all")
_OWN = TableRule("directory", {"people": _ALL, "reader": SEEN})

TABLES: dict[str, TableRule] = {
    "person": TableRule(
        "directory",
        {
            "people": Access("SELECT, INSERT, UPDATE", "all"),
            "directory": Access("SELECT, INSERT, UPDATE", "all"),
            "reader": SEEN,
        },
    ),
    "recovery_code": _OWN,
    # members_of tells whether somebody has one
    "passkey": TableRule("directory", {**_OWN.access, "directory": SEEN}),
    "person_identity": _OWN,
    "person_session": _OWN,
    "one_time_secret": TableRule(
        "directory", {"people": _ALL, "directory": Access("SELECT, DELETE", "all"), "reader": SEEN}
    ),
    "sign_in_failure": _OWN,
}

FUNCTIONS: dict[str, FunctionRule] = {"people_named": FunctionRule("directory")}
