"""Every topic, the queue it waits in, and how patiently it is tried again."""

import os
from dataclasses import dataclass
from datetime import timedelta

# How long a worker may hold a message before others get it: the price of a kill -9. It must exceed the longest call
# to GİB or to a mail server by far (`jobs.sending` keeps 10 s beside EBELGE_GIB_TIMEOUT_S).
LEASE = timedelta(seconds=float(os.environ.get("EBELGE_LEASE_S") or 120))


@dataclass(frozen=True, slots=True)
class Topic:
    """Queue of a topic, how long a worker may hold a message, and how often it is tried."""

    queue: str
    lease: timedelta = LEASE
    attempts_max: int = 10
    first_retry: timedelta = timedelta(seconds=2)
    longest_retry: timedelta = timedelta(minutes=30)


TOPICS: dict[str, Topic] = {
    # An HSM may be away for hours: about nine, before a document fails and its kontör is released.
    "document.sign": Topic("sign", attempts_max=60, longest_retry=timedelta(minutes=10)),
    # An answer to an incoming document has days, not hours; its seal is waited for as long.
    "answer.sign": Topic("sign", attempts_max=60, longest_retry=timedelta(minutes=10)),
    # What a buyer said, and what did not arrive: told to people and to their own systems.
    "answer.received": Topic("mail", attempts_max=20),
    "answer.failed": Topic("mail", attempts_max=20),
    # Each planned wait (GİB away, a mailbox closed) is an attempt, too: after a day of them one lost worker must not
    # make a dead letter.
    "document.send": Topic("send", attempts_max=200),
    "zarf.status": Topic("send", attempts_max=200, longest_retry=timedelta(hours=5)),
    # What goes to GİB and is no document; and telling its owner how it ended.
    "parcel.send": Topic("send", attempts_max=200),
    "parcel.ended": Topic("send", attempts_max=60, longest_retry=timedelta(minutes=10)),
    # An envelope that GİB pushed: judged, delivered, answered. GİB asks for the answer, so nothing is given up early.
    "incoming.process": Topic("incoming", attempts_max=60, longest_retry=timedelta(minutes=10)),
    # The e-Arşiv report is in nobody's hurry: what it waits for must not hold e-Fatura up.
    "report.build": Topic("invoices", attempts_max=200),
    "report.status": Topic("invoices", attempts_max=1000),
    "document.mail": Topic("mail", attempts_max=20),
    "kontor.arrive": Topic("ledger", attempts_max=100),
    # Kontör that were passed on are held with the lot they came from.
    "kontor.follow": Topic("ledger", attempts_max=100),
    # A draw ahead, and the two sides of a right to draw.
    "pool.draw": Topic("ledger"),
    "pool.right": Topic("ledger", attempts_max=100),
    # What follows from a sale: commission, letters and events; the operator's invoice. Paid: on open account, later.
    "order.credited": Topic("ledger", attempts_max=100),
    "order.paid": Topic("ledger", attempts_max=100),
    "order.reversed": Topic("ledger", attempts_max=100),
    "order.invoice": Topic("invoices", attempts_max=100),
    # Everything compared with everything: one long look, which the night would repeat. The lease is its queue's: with a
    # longer one invoices and reports of a lost worker would wait as long. A second look at once opens nothing twice.
    "books.compare": Topic("invoices", attempts_max=3),
    # A bank's statement that somebody handed in.
    "bank.file": Topic("invoices", attempts_max=20, longest_retry=timedelta(minutes=5)),
    # A reseller's sheet of customers, some rows at a time.
    "customers.import": Topic("invoices", attempts_max=100),
    # An upload of many documents: some are checked or sent, and the next message put.
    "bulk.work": Topic("invoices", attempts_max=100),
    # Asking a gateway; what it does not answer is planned anew by the attempt's own deadline and costs no try.
    "payment.read": Topic("payments"),
    "payment.charge": Topic("payments"),
    "refund.send": Topic("payments"),
    # A removed card is deleted there, too, however long the gateway is away: about two days.
    "card.forget": Topic("payments", attempts_max=60, longest_retry=timedelta(hours=1)),
    # A letter to a tenant's own people; an event for his own system, which plans its tries itself.
    "letter.send": Topic("mail", attempts_max=20),
    # To a person about his own sign-in; the link in it is made when it is sent.
    "person.letter": Topic("mail", attempts_max=10, longest_retry=timedelta(minutes=5)),
    "webhook.deliver": Topic("webhooks"),
    "dispute.read": Topic("payments", attempts_max=40),
}
QUEUES: tuple[str, ...] = tuple(dict.fromkeys(topic.queue for topic in TOPICS.values()))


def retry_delay(topic: Topic, attempt: int) -> timedelta:
    """Pause before the attempt after `attempt`: doubles each time, up to the topic's longest."""
    doublings: int = 2 ** min(attempt - 1, 20)
    return min(topic.first_retry * doublings, topic.longest_retry)
