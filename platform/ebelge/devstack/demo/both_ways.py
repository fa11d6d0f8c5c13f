"""What comes in and what is reported: a commercial invoice that its buyer answers, an e-Arşiv document's report."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from ebelge.devstack.demo.client import Client
from ebelge.devstack.demo.findings import Came, Sent, Story
from ebelge.devstack.demo.outside import HELD
from ebelge.devstack.demo.place import Place

# In `cases`: the invoice that Bora answers, and the sale that is reported at once by its kind.
ANSWERED, REPORTED = "TİCARİ, Bora accepts", "charging, reported"
_POLL_S: Final = 0.4
Json = dict[str, Any]


def answer(place: Place, story: Story, step: Callable[[str], None], *, timeout_s: float) -> None:
    """Bora finds the commercial invoice that Akın sent among what came in, and accepts it."""
    sent, bora = _sent(story, ANSWERED), place.clients["bora"]
    found = _until(lambda: bora.get("/incoming", ettn=sent.row["ettn"])["items"], timeout_s)
    if not found:
        story.check("The commercial invoice came to its buyer", f"{sent.row['number']} did not come")
        return
    (came,) = found
    path = f"/incoming/{came['document_id']}/answer"
    bora.send({"answer": "accept"}, path=path)
    step(f"{came['number']} came to {bora.title}, who accepts it (until {came['answerable_until'][:10]} it may say no)")


def follow(place: Place, story: Story, *, timeout_s: float) -> None:
    """Wait for both ends: the answer back at its sender, the report accepted; put both into the table."""
    _answered(place, story, timeout_s)
    _reported(place, story, timeout_s)


def _answered(place: Place, story: Story, timeout_s: float) -> None:
    sent, akin, bora = _sent(story, ANSWERED), place.clients["akin"], place.clients["bora"]
    items = bora.get("/incoming", ettn=sent.row["ettn"])["items"]
    if not items:
        return
    path = f"/incoming/{items[0]['document_id']}/answer"
    _until(lambda: (bora.get(path)["given"] or {}).get("state") == "delivered", timeout_s)
    state = bora.get(path)
    given = (state["given"] or {}).get("state", "none")
    shown = state["answer"] if given == "delivered" else f"{state['answer']}, {given}"
    story.came.append(Came("e-Fatura, in", items[0]["number"], items[0]["ettn"], shown))
    said = _until(lambda: _answer_to(akin, sent.id), timeout_s)
    wrong = [] if (state["answer"], given, said) == ("accepted", "delivered", "accepted") else [
        f"Bora's side says {state['answer']} and {given}, Akın's says {said or 'nothing'}"
    ]  # fmt: skip
    number = (state["given"] or {}).get("number")
    times = sum(row["state"] in HELD for row in place.gib.documents(bora.vkn) if row["number"] == number)
    wrong += [] if times == 1 else [f"GİB holds Bora's answer {times} times"]
    story.check("The invoice came in at its buyer, and the buyer's yes went the whole way back", wrong)


def _answer_to(client: Client, document_id: str) -> str:
    return str(client.get(f"/documents/{document_id}/mistake")["buyer_answer"] or "")


def _reported(place: Place, story: Story, timeout_s: float) -> None:
    sent, akin = _sent(story, REPORTED), place.clients["akin"]
    number = sent.row["number"]
    line = _until(lambda: [one for one in place.gib.report_lines() if one["number"] == number], timeout_s)
    if not line:
        story.check("An e-Arşiv report was accepted", f"GİB has no report that names {number}")
        return
    report_id = line[0]["report_id"]
    _until(lambda: akin.get(f"/reports/{report_id}")["state"] == "accepted", timeout_s)
    report = akin.get(f"/reports/{report_id}")
    story.came.append(Came("e-Arşiv report", f"part {report['part']}", report_id, report["state"]))
    wrong = [] if report["state"] == "accepted" and len(line) == 1 else [
        f"the report is {report['state']}, GİB names the document {len(line)} times"
    ]  # fmt: skip
    story.check("GİB accepted the e-Arşiv report and names the document in it once", wrong)


def _sent(story: Story, about: str) -> Sent:
    return next(sent for sent in reversed(story.documents) if sent.about == about)


def _until(look: Callable[[], Any], timeout_s: float) -> Any:
    """What `look` finds as soon as it finds something, or its last answer."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return found
