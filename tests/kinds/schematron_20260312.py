"""GİB's published schematron (old skeleton dialect: includes by fragment, `extends`, rules outside patterns) as XSLT.

Enough of ISO Schematron for this one file: within a pattern the first rule that matches a node is its rule. Version 1.0
because GİB takes the first of several drivers, which XPath 2.0 alone calls an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

SCH = "{http://purl.oclc.org/dsdl/schematron}"
XSL = "http://www.w3.org/1999/XSL/Transform"


def compiled(folder: Path) -> Any:
    """`run(xml, type)` -> the texts of all asserts that fail."""
    main = etree.parse(str(folder / "UBL-TR_Main_Schematron.xml")).getroot()
    common = etree.parse(str(folder / "UBL-TR_Common_Schematron.xml")).getroot()
    lists = etree.parse(str(folder / "UBL-TR_Codelist.xml")).getroot()
    abstract = {rule.get("id"): rule for rule in common.iter(SCH + "rule")}
    sheet = etree.fromstring(_sheet(main, lists, abstract))
    processor = PySaxonProcessor(license=False)
    rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_text=etree.tostring(sheet).decode())

    def run(xml: bytes, kind: str) -> list[str]:
        rules.set_parameter("type", processor.make_string_value(kind))
        told = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
        return [one.text or "" for one in etree.fromstring(told.encode()).iter("failed")]

    return run


def _sheet(main: etree._Element, lists: etree._Element, abstract: dict[str | None, etree._Element]) -> bytes:
    prefixes = {ns.get("prefix"): ns.get("uri") for ns in main.iter(SCH + "ns")}
    root = etree.Element(
        f"{{{XSL}}}stylesheet", version="1.0", nsmap={"xsl": XSL, "xs": "http://www.w3.org/2001/XMLSchema"} | prefixes
    )
    _add(root, "output", method="xml")
    for let in [*lists.iter(SCH + "let"), *main.iterchildren(SCH + "let")]:
        if let.get("name") == "type":
            _add(root, "param", name="type", select="'efatura'")
        else:
            _add(root, "variable", name=let.get("name"), select=let.get("value"))
    groups = [list(pattern.iterchildren(SCH + "rule")) for pattern in main.iterchildren(SCH + "pattern")]
    groups.append(list(main.iterchildren(SCH + "rule")))
    start = _add(root, "template", match="/")
    told = etree.SubElement(start, "told")
    for number, group in enumerate(groups):
        mode = f"m{number}"
        _add(told, "apply-templates", select="//(*|@*)", mode=mode)
        _add(root, "template", match="node()|@*", mode=mode, priority="-9")
        for place, rule in enumerate(group):
            template = _add(root, "template", match=rule.get("context"), mode=mode, priority=str(1000 - place))
            for one in _asserts(rule, abstract):
                condition = _add(template, "if", test=f"not({one.get('test')})")
                etree.SubElement(condition, "failed").text = " ".join("".join(one.itertext()).split())[:200]
    return etree.tostring(root)


def _add(parent: etree._Element, element: str, /, **attributes: Any) -> etree._Element:
    return etree.SubElement(parent, f"{{{XSL}}}{element}", attributes)


def _asserts(rule: etree._Element, abstract: dict[str | None, etree._Element]) -> list[etree._Element]:
    found = list(rule.iterchildren(SCH + "assert"))
    for extends in rule.iterchildren(SCH + "extends"):
        found += _asserts(abstract[extends.get("rule")], abstract)
    return found
