"""axe-core in a page: what it finds of WCAG 2.2 A and AA, in light and in dark, and all findings told at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# The two themes have the same elements: what only depends on these is asked once, what depends on colours twice.
OF_COLOUR = ("color-contrast", "link-in-text-block")
EXAMPLES = 6
PATIENCE_MS = 90_000  # the API reference has 9,000 elements

_STILL = """() => {
  const still = new CSSStyleSheet();
  still.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}"""
_RUN = """async ([theme, only, patience]) => {
  document.documentElement.setAttribute('data-bs-theme', theme);
  const what = only.rules ? { type: 'rule', values: only.rules } : { type: 'tag', values: only.tags };
  const late = new Promise((_, no) => setTimeout(() => no(new Error('axe did not come to an end')), patience));
  const asked = { runOnly: what, resultTypes: ['violations'], iframes: false };
  const found = await Promise.race([axe.run(document, asked), late]);
  return found.violations.map((one) => ({
    rule: one.id, help: one.help, places: one.nodes.map((node) => [node.target.join(' '), node.failureSummary]),
  }));
}"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a place of a page breaks."""

    rule: str
    help: str
    page: str
    theme: str
    place: str
    summary: str


@cache
def source() -> str:
    """The program. :raises FileNotFoundError: `make setup` has not brought it."""
    return SOURCE.read_text(encoding="utf-8")


def findings(page: Page, name: str) -> list[Finding]:
    """What breaks A or AA on the page that is open, in both themes; it is in its own theme again afterwards."""
    before = page.evaluate("() => document.documentElement.getAttribute('data-bs-theme')")
    page.evaluate(source())
    page.evaluate(_STILL)
    found: list[Finding] = []
    for theme, only in (("light", {"tags": list(TAGS)}), ("dark", {"rules": list(OF_COLOUR)})):
        for one in page.evaluate(_RUN, [theme, only, PATIENCE_MS]):
            found += _each(one, name, theme)
    if before is not None:
        page.evaluate("(theme) => document.documentElement.setAttribute('data-bs-theme', theme)", before)
    return found


def _each(violation: dict[str, Any], page: str, theme: str) -> Iterable[Finding]:
    for place, summary in violation["places"]:
        yield Finding(violation["rule"], violation["help"], page, theme, place, " ".join(summary.split()))


def told(found: Sequence[Finding]) -> str:
    """Everything that was found: by rule, then by the place, with the pages on which it is."""
    lines = [f"{len(found)} places break WCAG 2.2 A or AA"]
    for rule in sorted({one.rule for one in found}):
        of_rule = [one for one in found if one.rule == rule]
        lines.append(f"\n{rule}: {of_rule[0].help} ({len(of_rule)})")
        by_place: dict[tuple[str, str, str], list[str]] = {}
        for one in of_rule:
            by_place.setdefault((one.place, one.theme, one.summary), []).append(one.page)
        for (place, theme, summary), pages in sorted(by_place.items(), key=lambda item: -len(item[1])):
            more = f" and {len(pages) - EXAMPLES} more" if len(pages) > EXAMPLES else ""
            lines.append(f"  {theme} {place}\n    {summary[:400]}\n    on {', '.join(pages[:EXAMPLES])}{more}")
    return "\n".join(lines)


def keep(found: Sequence[Finding], path: Path) -> None:
    """Write the findings as JSON, for whoever mends them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{field: getattr(one, field) for field in Finding.__slots__} for one in found]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
