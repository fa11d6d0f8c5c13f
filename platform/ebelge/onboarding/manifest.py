"""An archive that was handed out, checked against its own manifest; anybody can do it, without us."""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ebelge.onboarding.handing_out import FORM, MANIFEST
from ebelge.onboarding.imports.writing import Steps

MANIFEST_BYTES_MAX = 1024 * 1024 * 1024
_CHUNK = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True)
class Checked:
    """How many files agree, the manifest's SHA-256, and what does not agree, in sentences."""

    files: int
    manifest_sha256: str
    wrong: tuple[str, ...]


def check(path: Path, *, steps: Steps) -> Checked:
    """Compare every file with the manifest: none changed, none lost, none put in, none twice."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _check(archive, steps)
    except _BROKEN as error:
        return Checked(0, "", (f"the ZIP cannot be read: {type(error).__name__}",))


def _check(archive: zipfile.ZipFile, steps: Steps) -> Checked:
    names = archive.namelist()
    if MANIFEST not in names:
        return Checked(0, "", (f"there is no {MANIFEST}",))
    with archive.open(MANIFEST) as stream:
        data = stream.read(MANIFEST_BYTES_MAX)
    digest = hashlib.sha256(data).hexdigest()
    try:
        manifest = json.loads(data)
        listed = {one["path"]: (one["bytes"], one["sha256"]) for one in manifest["files"]}
    except (ValueError, KeyError, TypeError):
        return Checked(0, digest, (f"{MANIFEST} cannot be read",))
    if manifest.get("form") != FORM:
        return Checked(0, digest, (f"{MANIFEST} is of another form",))
    twice = [name for name, count in Counter(names).items() if count > 1]
    wrong = [f"{name} stands twice" for name in sorted(twice)]
    wrong += [f"{name} is not in the manifest" for name in sorted(set(names) - listed.keys() - {MANIFEST})]
    steps.stage("files", len(listed))
    good = 0
    for name, expected in listed.items():
        if name not in names:
            wrong.append(f"{name} is missing")
        elif _weighed(archive, name) != expected:
            wrong.append(f"{name} has changed")
        else:
            good += 1
        steps.advance(1)
    return Checked(good, digest, tuple(wrong))


def _weighed(archive: zipfile.ZipFile, name: str) -> tuple[int, str] | None:
    size, digest = 0, hashlib.sha256()
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                digest.update(chunk)
    except _BROKEN:
        return None
    return size, digest.hexdigest()
