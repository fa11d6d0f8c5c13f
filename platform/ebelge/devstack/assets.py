"""What pages bring to the browser: copied from the locked npm packages into `web/static/vendor`.

`python -m ebelge.devstack.assets` (run at set-up). The icons that templates name are put into one file of symbols.
"""

import re
import shutil
import sys
from pathlib import Path
from typing import Final

from whitenoise.compress import Compressor

WEB: Final = Path(__file__).resolve().parents[1] / "web"
VENDOR: Final = WEB / "static" / "vendor"
# file of a package -> its name here; licences stand beside what they cover
FILES: Final[dict[str, str]] = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource-variable/inter/LICENSE": "inter.licence.txt",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "chart.js/dist/chart.umd.min.js": "chart.js",
    "chart.js/LICENSE.md": "chart.licence.txt",
}
ICONS: Final = "@tabler/icons/icons/outline"
# An icon that is named for certain, and any word that may be one: a symbol too many costs little.
_ICON = re.compile(r"""icon(?:_name)?[(=]\s*["']([a-z0-9-]+)["']""")
_WORD = re.compile(r"""["']([a-z][a-z0-9-]{2,30})["']""")
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_MAP = re.compile(rb"/[/*]# sourceMappingURL=\S+(?: \*/)?\s*$")


def build(modules: Path) -> list[str]:
    """Copy the files and draw the symbols anew; returns the names of icons that no package has.

    :raises FileNotFoundError: a package is not installed as the lock says.
    """
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for source, name in FILES.items():
        data = (modules / source).read_bytes()
        (VENDOR / name).write_bytes(_MAP.sub(b"", data))
    named, possible = icon_names()
    there = {name for name in named | possible if (modules / ICONS / f"{name}.svg").is_file()}
    symbols = [_symbol(modules, name) for name in sorted(there)]
    (VENDOR / "icons.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n', encoding="utf-8"
    )
    return sorted(named - there)


def icon_names() -> tuple[set[str], set[str]]:
    """The icons that our pages name, and further words in them that may be icons."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(WEB.rglob("*")) if path.suffix in {".html", ".py"}]
    return {name for text in texts for name in _ICON.findall(text)}, {
        name for text in texts for name in _WORD.findall(text)
    }


def _symbol(modules: Path, name: str) -> str:
    body = _BODY.search((modules / ICONS / f"{name}.svg").read_text(encoding="utf-8"))
    if body is None:
        raise ValueError(f"the icon {name} is no SVG")
    drawn = re.sub(r"\s+", " ", body[1]).strip()
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round">{drawn}</symbol>'
    )


def main() -> int:
    """Build into the package, each file also packed; says which icon is missing."""
    missing = build(Path.cwd() / "node_modules")
    packer = Compressor(use_brotli=False, quiet=True)
    for path in sorted(VENDOR.iterdir()):
        if packer.should_compress(path.name):
            list(packer.compress(str(path)))
    for name in missing:
        print(f"no such icon: {name}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
