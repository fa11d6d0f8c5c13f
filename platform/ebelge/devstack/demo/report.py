"""The demo on the screen: readable on 80 columns, better on 120, and as plain lines in a file."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ebelge.core.money import lira_text
from ebelge.devstack.demo.findings import Came, Sent, Story
from ebelge.devstack.demo.place import Place

KINDS = {"efatura": "e-Fatura", "earsiv": "e-Arşiv", "eirsaliye": "e-İrsaliye", "emm": "e-Müstahsil"}
_WIDE = 118
_ABOUT = 21
_FILE_WIDTH = 120
_FAULTS_SHOWN = 8
Json = dict[str, Any]


def console() -> Console:
    """The screen; a file gets 120 columns, whatever the shell says of itself."""
    screen = Console(highlight=False)
    if not screen.is_terminal and "COLUMNS" not in screen._environ:
        screen.width = _FILE_WIDTH
    return screen


class Screen:
    """Tells the story while it is played, each step with the seconds since the beginning."""

    def __init__(self, screen: Console) -> None:
        self.screen = screen
        self._began = time.monotonic()
        self._progress: Progress | None = None

    def step(self, text: str) -> None:
        """A sentence about what was done."""
        self._end_wait()
        self._line(text, lead=f"{time.monotonic() - self._began:4.0f} s  ")

    def finding(self, problem: Json) -> None:
        """A refusal, with its findings in Turkish and English."""
        for found in problem.get("findings", []):
            place = f"line {found['line']}" if found.get("line") else found.get("path") or ""
            self._line(f"{found['rule']}, {place}", lead=" " * 8)
            for language in ("tr", "en"):
                self._line(found[f"message_{language}"], lead=f"{'':8}{language}  ")
                if found.get(f"mend_{language}"):
                    self._line(found[f"mend_{language}"], lead=f"{'':12}→ ")

    def waiting(self, text: str) -> Callable[[int, int], None]:
        """A wait begins: a bar on a terminal, a line now and then anywhere else."""
        self._end_wait()
        if not self.screen.is_terminal:
            return self._in_file(text)
        columns = (TextColumn("        {task.description}"), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn())
        progress = Progress(*columns, console=self.screen)
        self._progress = progress
        task = progress.add_task(text, total=None)
        progress.start()

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return tell

    def close(self) -> None:
        """The story is over."""
        self._end_wait()

    def _in_file(self, text: str) -> Callable[[int, int], None]:
        said: set[int] = set()

        def tell(done: int, total: int) -> None:
            half = done * 2 // total if total else 2
            if half and half not in said:
                said.add(half)
                self._line(f"{done} of {total} {text}", lead=f"{time.monotonic() - self._began:4.0f} s  ")

        return tell

    def _line(self, text: str, *, lead: str) -> None:
        """Text with a hanging indent, and nothing after its last letter."""
        rest = " " * len(lead)
        folded = textwrap.wrap(text, max(20, self.screen.width - len(lead)), break_on_hyphens=False) or [""]
        for number, part in enumerate(folded):
            self.screen.print(Text((rest if number else lead) + part), soft_wrap=True)

    def _end_wait(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def documents(story: Story, screen: Console) -> None:
    """The table of single documents, then one line per kind of the bulk."""
    wide = screen.width >= _WIDE
    table = _table()
    table.add_column("kind", no_wrap=True)
    if wide:
        table.add_column("what", no_wrap=True, overflow="ellipsis", width=_ABOUT)
    table.add_column("number", no_wrap=True)
    table.add_column("ETTN")
    table.add_column("kontör", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("verified by")
    for sent in story.documents:
        if not sent.bulk:
            table.add_row(*_cells(sent, wide=wide))
    screen.print(table)
    if story.came:
        screen.print()
        screen.print(_came(story.came))
    bulk = [sent for sent in story.documents if sent.bulk]
    if bulk:
        screen.print()
        screen.print(_bulk_table(bulk))


def _came(came: list[Came]) -> Table:
    table = _table()
    for name in ("came, reported", "number", "ETTN, raporNo", "state"):
        table.add_column(name, no_wrap=True)
    for one in came:
        good = one.state == "accepted"
        table.add_row(one.what, one.number, one.key, Text(one.state, style="green" if good else "bold red"))
    return table


def _table() -> Table:
    return Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False, header_style="bold")


def _cells(sent: Sent, *, wide: bool) -> list[Text | str]:
    row = sent.row
    # On 80 columns an ETTN takes two lines, and so may its witnesses.
    ettn = row["ettn"] if wide else f"{row['ettn'][:19]}\n{row['ettn'][19:]}"
    paid = f"{row['kontor']} - {sent.returned_kontor}" if sent.returned_kontor else str(row["kontor"])
    state = Text(row["state"], style="green" if sent.as_expected else "bold red")
    cells: list[Text | str] = [KINDS[row["kind"]], row["number"], ettn, paid, state]
    cells.append(("+" if wide else "\n").join(sent.verified_by) or Text("nobody", style="bold red"))
    if wide:
        cells.insert(1, sent.about)
    return cells


def _bulk_table(bulk: list[Sent]) -> Table:
    table = _table()
    for name in ("bulk", "count", "numbers", "kontör", "states"):
        table.add_column(name, justify="right" if name in ("count", "kontör") else "left")
    for kind, label in KINDS.items():
        mine = [sent for sent in bulk if sent.row["kind"] == kind]
        if not mine:
            continue
        numbers = sorted(sent.row["number"] for sent in mine)
        states: dict[str, int] = {}
        for sent in mine:
            states[sent.row["state"]] = states.get(sent.row["state"], 0) + 1
        table.add_row(
            label,
            str(len(mine)),
            f"{numbers[0]} … {numbers[-1][-6:]}",
            str(sum(sent.row["kontor"] for sent in mine)),
            Text(
                ", ".join(f"{count} {state}" for state, count in states.items()),
                style="green" if all(sent.as_expected for sent in mine) else "bold red",
            ),
        )
    return table


def kontor(story: Story, place: Place, screen: Console) -> None:
    """Balance before and after, and the lots that were used."""
    table = _table()
    table.add_column("kontör", overflow="ellipsis", no_wrap=True)
    for name in ("before", "used", "after"):
        table.add_column(name, justify="right")
    table.add_column("lot expires", no_wrap=True)
    for name, client in place.clients.items():
        before, after = story.before[name], story.after[name]
        used = before.spendable - after.spendable
        table.add_row(Text(client.title, style="bold"), str(before.spendable), str(used), str(after.spendable), "")
        for lot_id, lot in after.lots.items():
            earlier = before.lots.get(lot_id, lot)
            spent = earlier["remaining"] - lot["remaining"]
            if spent:
                price = lira_text(round(lot["net_price"]["amount_kurus"] / lot["granted"]))
                label = f"  lot …{lot_id[-6:]}, {lot['source']}, {price} TL each"
                table.add_row(
                    label, str(earlier["remaining"]), str(spent), str(lot["remaining"]), lot["expires_at"][:10]
                )
    screen.print(table)


def checks(story: Story, screen: Console) -> None:
    """Every check with its outcome; what is wrong in full."""
    for check in story.checks:
        mark = ("ok", "green") if check.holds else ("NO", "bold red")
        for number, part in enumerate(textwrap.wrap(check.text, screen.width - 4)):
            screen.print(Text("    ") if number else Text.assemble(mark, "  "), Text(part), sep="", soft_wrap=True)
        shown = check.wrong[:_FAULTS_SHOWN]
        if len(check.wrong) > len(shown):
            shown.append(f"and {len(check.wrong) - len(shown)} more")
        for fault in shown:
            screen.print(Text(f"    {fault}", style="red"), soft_wrap=True)
