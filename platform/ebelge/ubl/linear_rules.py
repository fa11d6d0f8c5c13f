"""GİB's compiled rules with the same meaning, in time that grows with the document and not with its square.

The rules of a line ask for the invoice's header by `../cbc:ProfileID`, two dozen times per line, and each time all
lines are walked; the rule of a unit asks `//cbc:UBLVersionID`, which walks the whole document where there is none.
Both name the same nodes for every line of a document, so they are looked up once, as variables.

Holds for documents whose root is the only element of its name; `reading` refuses others.
"""

import re
from typing import Final

from lxml import etree

_XSL: Final = "{http://www.w3.org/1999/XSL/Transform}"
# Parameter: 'yes' or 'no'. Each location walks all lines before it, so for thousands of faults it is left out.
LOCATE: Final = "eb-locate"
# match of a template -> the only element that can be the parent of what it matches
_PARENT: Final = {
    "inv:Invoice/cac:InvoiceLine": "/inv:Invoice",
    "desp:DespatchAdvice/cac:DespatchLine": "/desp:DespatchAdvice",
}
_ABOVE = re.compile(r"(?<![\w./])\.\./(c[ab]c:\w+)")
_ANYWHERE = re.compile(r"//(cbc:UBLVersionID)\b")


def linear(rules: etree._Element) -> bytes:
    """The stylesheet with look-ups moved into variables and locations that can be switched off by `LOCATE`."""
    variables: dict[str, str] = {}
    for template in rules.iterchildren(f"{_XSL}template"):
        match = template.get("match", "")
        for condition in template.iter(f"{_XSL}if"):
            test = condition.get("test", "")
            if match in _PARENT:
                test = _moved(test, _ABOVE, _PARENT[match], variables)
            elif match.startswith("//"):
                test = _moved(test, _ANYWHERE, "/", variables)
            condition.set("test", test)
    for location in rules.iter(f"{_XSL}attribute"):
        if location.get("name") == "location":
            location.set("select", f"if (${LOCATE} = 'yes') then {location.get('select')} else ''")
    rules.insert(0, etree.Element(f"{_XSL}param", {"name": LOCATE, "select": "'yes'"}))
    for name, select in variables.items():
        rules.insert(0, etree.Element(f"{_XSL}variable", {"name": name, "select": select}))
    return etree.tostring(rules, encoding="UTF-8")


def _moved(test: str, pattern: re.Pattern[str], parent: str, variables: dict[str, str]) -> str:
    """The test with every look-up outside of predicates replaced: inside [] the context is another one."""

    def variable(found: re.Match[str]) -> str:
        before = test[: found.start()]
        if before.count("[") != before.count("]"):
            return found.group(0)
        path = f"{parent}/{found.group(1)}"
        name = "eb-" + re.sub(r"\W+", "-", path).strip("-")
        variables[name] = path
        return f"${name}"

    return pattern.sub(variable, test)
