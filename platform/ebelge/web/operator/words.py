"""Names of queues and topics, as staff call them."""

from typing import Final

Pair = tuple[str, str]
QUEUE_NAMES: Final[dict[str, Pair]] = {
    "sign": ("İmza", "Signing"),
    "mail": ("e-posta", "Mail"),
    "send": ("GİB'e gönderim", "Sending to GİB"),
    "incoming": ("Gelen", "Incoming"),
    "invoices": ("Fatura, rapor, toplu iş", "Invoices, reports, bulk"),
    "ledger": ("Kontör defteri", "Ledger"),
    "payments": ("Ödemeler", "Payments"),
    "webhooks": ("Web kancaları", "Webhooks"),
}
TOPIC_NAMES: Final[dict[str, Pair]] = {
    "document.sign": ("Belge imzası", "Signing a document"),
    "answer.sign": ("Yanıt imzası", "Signing an answer"),
    "answer.received": ("Gelen yanıtın bildirimi", "Telling an answer"),
    "answer.failed": ("Ulaşmayan yanıtın bildirimi", "Telling a failed answer"),
    "document.send": ("Zarfın gönderimi", "Sending an envelope"),
    "zarf.status": ("Zarf durumunun sorulması", "Asking about an envelope"),
    "parcel.send": ("Belge olmayan gönderim", "Sending what is no document"),
    "parcel.ended": ("Gönderim sonucunun bildirimi", "Telling how it ended"),
    "incoming.process": ("Gelen zarfın işlenmesi", "Judging an incoming envelope"),
    "report.build": ("e-Arşiv raporu", "e-Arşiv report"),
    "report.status": ("Rapor durumunun sorulması", "Asking about a report"),
    "document.mail": ("Belgenin e-postası", "Mailing a document"),
    "kontor.arrive": ("Aktarılan kontörün varışı", "Arrival of passed kontör"),
    "kontor.follow": ("Aktarılan kontörün izlenmesi", "Following passed kontör"),
    "pool.draw": ("Havuzdan çekiş", "Draw from a pool"),
    "pool.right": ("Çekiş hakkı", "Right to draw"),
    "order.credited": ("Yüklenen sipariş", "Credited order"),
    "order.paid": ("Ödenen sipariş", "Paid order"),
    "order.reversed": ("Geri alınan sipariş", "Reversed order"),
    "order.invoice": ("Siparişin faturası", "Invoice of an order"),
    "books.compare": ("Mutabakat karşılaştırması", "Comparing the books"),
    "bank.file": ("Banka dökümü", "A bank's statement"),
    "customers.import": ("Müşteri tablosu", "Sheet of customers"),
    "bulk.work": ("Toplu yükleme", "Bulk upload"),
    "payment.read": ("Ödemenin sorulması", "Asking about a payment"),
    "payment.charge": ("Kayıtlı karttan çekim", "Charging a saved card"),
    "refund.send": ("İadenin gönderimi", "Sending a refund"),
    "card.forget": ("Kaldırılan kartın silinmesi", "Deleting a removed card"),
    "letter.send": ("Bildirim mektubu", "Letter"),
    "person.letter": ("Kişiye mektup", "Letter to a person"),
    "webhook.deliver": ("Web kancası", "Webhook"),
    "dispute.read": ("İtirazın sorulması", "Asking about a dispute"),
}
