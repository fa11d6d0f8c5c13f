"""Guards of the house: where files stand, how long they are, what they may name, who imports whom."""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_MAX = 300
AREAS = (
    *("billing", "billing/ledger", "billing/payments", "tenants", "migrations", "platform/ebelge/backup"),
    *(f"platform/ebelge/{name}" for name in ("api", "archive", "bulk", "core", "devstack", "documents", "edge", "gib")),
    *(f"platform/ebelge/{name}" for name in ("jobs", "notify", "onboarding", "outbox", "signing", "ubl", "web")),
)
SILENCES = re.compile(r"#\s*(type:\s*ignore|noqa\b|ruff:\s*noqa|flake8:\s*noqa|mypy:)")
EXPLAINED = re.compile(r"# (type: ignore\[[\w, -]+\]|noqa: [A-Z]+\d+(, [A-Z]+\d+)*)  # \S+ \S+")
COMMANDS = ("run", "demo", "test", "check", "bench", "faults")
# Names of registry hosts, put together so that this file does not contain them.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("files", "pythonhosted", "org"), ("pypi", "python", "org"), ("registry", "npmjs", "org"),
        ("deb", "debian", "org"), ("registry", "yarnpkg", "com"), ("unpkg", "com"), ("cdn", "jsdelivr", "net"),
        ("cdnjs", "cloudflare", "com"), ("ghcr", "io"), ("docker", "io"),
    )
)  # fmt: skip


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, as git knows them; a copy without git is walked instead."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True
    )
    if listed.returncode != 0:
        pytest.skip("this copy is no git repository")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_platform_is_a_source_root_and_never_a_package():
    assert [path.name for path in (ROOT / "platform").glob("*.py*")] == []
    assert "platform" in sys.stdlib_module_names


def test_tests_are_no_packages():
    assert [str(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_every_package_says_what_it_owns_and_nothing_else():
    wrong = []
    for path in tracked("platform/**/__init__.py", "billing/**/__init__.py", "tenants/**/__init__.py", "*/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        only_docstring = len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        if not only_docstring:
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_every_folder_of_modules_is_a_package():
    folders = {path.parent for path in tracked("platform/ebelge/*.py", "billing/*.py", "tenants/*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_files_stay_readable():
    long = {}
    for path in tracked("*.py", "*.sql", "*.xslt", "*.html"):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LINES_MAX and "migrations/versions" not in str(path):  # a migration is frozen text
            long[str(path.relative_to(ROOT))] = lines
    assert long == {}, f"{LINES_MAX} lines are enough for one thing"


def bare_silences(source: str) -> list[str]:
    """Comments that silence a checker without naming the finding and, after a second #, the reason."""
    comments = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    return [text for text in comments if SILENCES.match(text) and not EXPLAINED.match(text)]


def test_what_silences_a_checker_says_why():
    found = {
        str(path.relative_to(ROOT)): bare
        for path in tracked("*.py", "*.pyi")
        if (bare := bare_silences(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("comment", "bare"),
    [
        ("# type: ignore", True),
        ("# type: ignore[misc]", True),
        ("#type:ignore[misc]", True),
        ("# noqa", True),
        ("# noqa: F401", True),
        ("# ruff: noqa: F401", True),
        ("# mypy: ignore-errors", True),
        ("# type: ignore  # the library has no types", True),
        ("# type: ignore[misc]  #", True),
        ("# type: ignore[misc]  # the library has no types", False),
        ("# noqa: F401, E402  # the import fills the metadata", False),
        ("# a type that others ignore", False),
    ],
)
def test_a_bare_silence_is_known_by_its_looks(comment, bare):
    assert bare_silences(f"value = 1  {comment}\n") == ([comment] if bare else [])


def test_no_file_names_a_package_registry():
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {host}" for host in HOSTS if re.search(rf"\b{re.escape(host)}\b", text)]
    assert found == []


def test_no_file_names_a_folder_of_one_machine():
    place = re.compile(rf"/(?:home|work|root)/(?!{'nobody'})[a-z]")
    found = [
        str(path.relative_to(ROOT)) for path in tracked() if place.search(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []


def test_the_lock_file_has_a_hash_for_every_package():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = re.split(r"\n(?=[A-Za-z0-9])", text)
    pinned = [package for package in packages if re.match(r"[A-Za-z0-9_.-]+==", package)]
    assert len(pinned) > 40
    assert [package.splitlines()[0] for package in pinned if "--hash=sha256:" not in package] == []
    assert "://" not in "".join(pinned)


def test_every_area_has_a_readme_of_one_screen():
    missing, long = [], []
    for area in AREAS:
        folder = ROOT / area
        if not any(folder.glob("*.py")):
            continue  # a seam of a later issue
        readme = folder / "README.md"
        if not readme.exists():
            missing.append(area)
        elif readme.read_text(encoding="utf-8").count("\n") > 80:
            long.append(area)
    assert (missing, long) == ([], [])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_makefile_knows_the_command(command):
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{command}:.*## ", text, re.MULTILINE)


def test_ci_runs_what_a_developer_runs():
    script = ROOT / ".ci" / "run"
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash")
    assert "make test" in script.read_text(encoding="utf-8")


def test_decisions_are_numbered_once_and_fit_a_screen():
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(numbers) == len(set(numbers))
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert re.match(r"\d{4}-[a-z0-9-]+\.md", path.name), path.name
        assert all(part in text for part in ("Context", "Decision", "Consequence")), path.name
        assert text.count("\n") <= 60, f"{path.name} is longer than a screen"


def test_migrations_are_named_after_their_number():
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem), path.name
        assert f'revision = "{path.stem}"' in path.read_text(encoding="utf-8").replace("revision: str =", "revision =")


def test_nobody_imports_upwards():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def layers() -> list[list[str]]:
    """The layers of pyproject.toml, highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    contract = next(contract for contract in settings["contracts"] if contract["id"] == "layers")
    return [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]


def test_the_import_contracts_are_those_of_the_design():
    named = {name for layer in layers() for name in layer}
    tops = {path.relative_to(ROOT / "platform").parts[1] for path in tracked("platform/ebelge/*.py")}
    ours = {f"ebelge.{top.removesuffix('.py')}" for top in tops} - {"ebelge.__init__"}
    assert sorted(ours - named) == []
