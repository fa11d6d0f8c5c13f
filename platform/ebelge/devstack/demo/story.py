"""What happens in the demo, in order, and what is asked afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol
from uuid import uuid4

from ebelge.devstack.demo import both_ways, cases, newcomer, outside, purchase, witnesses
from ebelge.devstack.demo.client import FINAL, Refused
from ebelge.devstack.demo.findings import Sent, Story
from ebelge.devstack.demo.place import Place

GIB_SAYS = 1150  # a document breaks the schematron rules: refused for good, kontör comes back
Json = dict[str, Any]


class Teller(Protocol):
    """Who shows what goes on."""

    def step(self, text: str) -> None:
        """A sentence about what was done."""

    def finding(self, problem: Json) -> None:
        """A refusal, with its findings."""

    def waiting(self, text: str) -> Callable[[int, int], None]:
        """A wait begins; call the result with (done, total)."""


def play(place: Place, teller: Teller, *, day: date, bulk: int = 200, timeout_s: float = 300.0) -> Story:
    """The whole story. Ends after `timeout_s` of waiting at the latest; what is not final then is a finding."""
    story = Story()
    purchase.buy(place, story, teller.step, day=day)
    purchase.draw(place, story, teller.step)
    newcomer.come(place, story, teller.step)
    story.before = {name: client.kontor() for name, client in place.clients.items()}
    last_mail = place.mails.last()
    send(place, story, teller, day=day, bulk=bulk, timeout_s=timeout_s)
    story.after = {name: client.kontor() for name, client in place.clients.items()}
    _ask(place, story, teller, last_mail)
    return story


def send(place: Place, story: Story, teller: Teller, *, day: date, bulk: int, timeout_s: float) -> None:
    """Every document of the story, followed to its end: one by one, refused by us and by GİB, corrected, in bulk."""
    _one_by_one(place, story, teller, day)
    _refused_before_charging(place, story, teller, day)
    ordered = _refused_by_gib(place, story)
    akin = place.clients["akin"]
    many = akin.send_many(cases.bulk(bulk))
    story.documents += [Sent("akin", "bulk", row, bulk=True) for row in many]
    teller.step(f"{len(many)} documents accepted at once: {sum(row['kontor'] for row in many)} kontör reserved")
    both_ways.answer(place, story, teller.step, timeout_s=timeout_s)
    _follow(place, story, teller, timeout_s)
    _correct(place, story, teller, ordered, timeout_s)
    both_ways.follow(place, story, timeout_s=timeout_s)


def _one_by_one(place: Place, story: Story, teller: Teller, day: date) -> None:
    first: Json | None = None
    for case in cases.cases(day):
        key = uuid4().hex
        client = place.clients[case.seller]
        row = client.send(case.content, key=key, **case.wishes)
        story.documents.append(Sent(case.seller, case.about, row))
        if first is None:
            first = row
            again = client.send(case.content, key=key, **case.wishes)
            story.check(
                "A request repeated with its Idempotency-Key made no second document",
                again["document_id"] != row["document_id"],
            )
    kinds = len({sent.row["kind"] for sent in story.documents})
    teller.step(f"{len(story.documents)} documents of {kinds} kinds accepted, as JSON and as XML, of two companies")


def _refused_before_charging(place: Place, story: Story, teller: Teller, day: date) -> None:
    client = place.clients["akin"]
    series, kontor = client.series(), client.kontor()
    try:
        client.send(cases.wrong_total(day))
    except Refused as refusal:
        teller.step(f"An invoice with a wrong total was refused with {refusal.status} {refusal.problem['code']}:")
        teller.finding(refusal.problem)
        story.check("The invoice with a wrong total was refused with findings", not refusal.problem.get("findings"))
    else:
        story.check("The invoice with a wrong total was refused", "it was accepted")
    now = client.kontor()
    story.check("The refusal cost nothing", kontor.spendable != now.spendable)
    story.check("The refusal took no number", series != client.series())


def _refused_by_gib(place: Place, story: Story) -> Sent:
    """Send the invoice that GİB is ordered to refuse."""
    ettn = uuid4()
    place.gib.order({"status": GIB_SAYS}, ettn=str(ettn))
    row = place.clients["akin"].send(cases.to_be_refused(ettn))
    sent = Sent("akin", "GİB will refuse it", row, expected="refused")
    story.documents.append(sent)
    return sent


def _correct(place: Place, story: Story, teller: Teller, refused: Sent, timeout_s: float) -> None:
    client = place.clients["akin"]
    events = client.events(refused.id)
    refused.returned_kontor = sum(event["kontor"] for event in events if event["kontor"] > 0)
    said = next((event["text"] for event in reversed(events) if event["state"] == "refused"), "")
    teller.step(f"GİB refused {refused.row['number']}, and its kontör came back. {said}")
    story.check("What GİB refused gave its kontör back", refused.returned_kontor != refused.row["kontor"])
    if not refused.as_expected:
        story.check("GİB refused the invoice as ordered", f"it is {refused.row['state']}")
        return
    row = client.correct(refused.id, cases.corrected())
    story.documents.append(Sent("akin", "its correction", row))
    teller.step(f"Corrected: {row['number']} goes again, with a new ETTN")
    story.check(
        "The correction took over the number, with a new ETTN",
        row["number"] != refused.row["number"] or row["ettn"] == refused.row["ettn"],
    )
    _follow(place, story, teller, timeout_s)


def _follow(place: Place, story: Story, teller: Teller, timeout_s: float) -> None:
    """Wait for the final states and take down how every document stands."""
    tell = teller.waiting("final")
    sellers = {sent.seller for sent in story.documents}
    final = {seller: sum(row["state"] in FINAL for row in story.of(seller)) for seller in sellers}
    for seller in sorted(sellers):
        mine = {sent.id: sent for sent in story.documents if sent.seller == seller}

        def heard(done: int, total: int, seller: str = seller) -> None:
            final[seller] = done
            tell(sum(final.values()), len(story.documents))

        rows = place.clients[seller].follow(mine, timeout_s=timeout_s, tell=heard)
        for document_id, row in rows.items():
            mine[document_id].row = row


def _ask(place: Place, story: Story, teller: Teller, last_mail: int) -> None:
    """Every question, to those who are not us."""
    strays = [f"{sent.row['number']} is {sent.row['state']}" for sent in story.documents if not sent.as_expected]
    story.check(f"All {len(story.documents)} documents reached the state they should", strays)
    _signatures(place, story, teller)
    for name, client in place.clients.items():
        by_gib = story.of(name, channel="gib")
        wrong = outside.disagreements(by_gib, place.gib.documents(client.vkn))
        story.check(f"GİB and {client.title} agree: {len(by_gib)} documents, none lost, none twice", wrong)
        kept = sum(row["kontor"] for row in story.of(name) if row["state"] == "delivered")
        spent = story.before[name].spendable - story.after[name].spendable
        held = story.after[name].held
        wrong = (
            [f"{spent} kontör are gone, {kept} were spent, {held} are still held"] if (spent, held) != (kept, 0) else []
        )
        story.check(f"{client.title} paid {kept} kontör, for delivered documents only", wrong)
    mailed = [row for name in place.clients for row in story.of(name, channel="mail")]
    wrong = outside.letters_wrong(mailed, place.mails.since(last_mail))
    story.check(f"{len(mailed)} buyers got one mail each, with the sealed document in it", wrong)
    opened = [sent.row for sent in story.documents if sent.row["channel"] != "gib" and not sent.bulk]
    pages = [outside.buyers_page_wrong(row) for row in opened]
    story.check(f"{len(opened)} buyers' links open, on paper or by mail", [page for page in pages if page])


def _signatures(place: Place, story: Story, teller: Teller) -> None:
    asked = witnesses.witnesses(place.authority)
    names = " and ".join(witness.name for witness in asked)
    tell = teller.waiting(f"verified by {names}")
    wrong: list[str] = []
    done = 0
    signed = [sent for sent in story.documents if sent.row["signed_sha256"]]
    for name, client in place.clients.items():
        mine = {sent.id: sent for sent in signed if sent.seller == name}
        hashes = {document_id: sent.row["signed_sha256"] for document_id, sent in mine.items()}
        for document_id, (accepted, faults) in witnesses.for_each(client.signed_xml, hashes, asked):
            mine[document_id].verified_by = accepted
            wrong += [f"{mine[document_id].row['number']}: {fault}" for fault in faults]
            done += 1
            tell(done, len(signed))
    wrong += [f"{sent.row['number']} has no signature" for sent in story.documents if sent not in signed]
    story.check(f"{done} signatures hold, say {names}, who are not us", wrong)
    if signed:
        sample = place.clients[signed[0].seller].signed_xml(signed[0].id)
        story.check("With one digit changed, nobody accepts it", not witnesses.tampering_is_noticed(sample, asked))
