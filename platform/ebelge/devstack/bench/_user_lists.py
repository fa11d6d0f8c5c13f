"""User lists as GİB would give them, written in a moment; and one load in a process of its own, with its peak."""

from __future__ import annotations

import multiprocessing
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

from ebelge.core.clock import utc_now
from ebelge.core.db import dispose_engines, role_session
from ebelge.devstack.bench._figures import peak_mb
from ebelge.documents.registered import user_list

_START: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n<UserList>\n'
_USERS_AT_ONCE: Final = 5000


def vkn(n: int) -> str:
    """The VKN of the n-th user (the list's form; the checksum is nobody's business here)."""
    return str(1_000_000_000 + 4 * n)


def _user(n: int) -> str:
    between = "&amp;" if n % 40 == 0 else "VE"
    aliases = (
        f"<Alias><Name>urn:mail:defaultpk@firma{n}.com.tr</Name>"
        "<CreationTime>2021-03-11T18:25:55</CreationTime></Alias>"
    )
    if n % 10 == 0:
        aliases += (
            f"<Alias><Name>urn:mail:eskipk@firma{n}.com.tr</Name><CreationTime>2019-03-11T18:25:55</CreationTime>"
            "<DeletionTime>2023-07-10T09:46:59</DeletionTime></Alias>"
        )
    despatches = (
        f'<Document type="DespatchAdvice"><Alias><Name>urn:mail:irsaliyepk@firma{n}.com.tr</Name>'
        "<CreationTime>2025-06-30T14:51:42</CreationTime></Alias></Document>"
        if n % 2 == 0
        else ""
    )
    return (
        f"<User><Identifier>{vkn(n)}</Identifier><Title>ÖRNEK {n} TİCARET {between} SANAYİ LİMİTED ŞİRKETİ</Title>"
        "<Type>OZEL</Type><FirstCreationTime>2019-03-09T15:36:56</FirstCreationTime>"
        f'<AccountType>OZELENTEGRASYON</AccountType><Documents><Document type="Invoice">{aliases}</Document>'
        f"{despatches}</Documents></User>\n"
    )


def write_zip(path: Path, users: int) -> None:
    """A list of `users` taxpayers: half also receive despatches, each tenth has closed an alias."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("newUserPkList.xml", "w", force_zip64=True) as file,
    ):
        file.write(_START)
        for start in range(0, users, _USERS_AT_ONCE):
            end = min(start + _USERS_AT_ONCE, users)
            file.write("".join(_user(n) for n in range(start, end)).encode())
        file.write(b"</UserList>")


def pieces(path: Path) -> Iterator[bytes]:
    """A file, a megabyte at a time."""
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            yield chunk


def load_alone(path: Path) -> tuple[float, float, int]:
    """Take the list in as the clock does, in a process of its own: its seconds, its peak in MB, the lines."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_load, args=(path, answers))
    process.start()
    found: tuple[float, float, int] = answers.get()
    process.join()
    return found


def _load(path: Path, answers: multiprocessing.queues.SimpleQueue[tuple[float, float, int]]) -> None:
    with role_session("app"):
        pass  # connecting is not loading
    start = perf_counter()
    taken = user_list.load_file(path, mode="live", role="PK", at=utc_now())
    took = perf_counter() - start
    dispose_engines()
    answers.put((took, peak_mb(os.getpid()), taken.lines))
