"""What each service of the trade is, who needs it and what it asks for: for people who have never heard of it."""

from dataclasses import dataclass
from typing import Final

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """A service in words, Turkish and English."""

    short: Pair
    who: Pair
    how: Pair
    icon: str


TOLD: Final[dict[str, Told]] = {
    "efatura": Told(
        (
            "GİB'e kayıtlı alıcıya, GİB üzerinden ulaşan fatura.",
            "The invoice that reaches a registered buyer through GİB.",
        ),
        (
            "Cirosu sınırı aşanlar, internetten satanlar ve bazı sektörler için zorunlu; isteyen herkes geçebilir.",
            "A duty above a yearly turnover, for sellers on the internet and some trades; open to everybody who wants.",
        ),
        (
            "Ticari faturayı alıcı sekiz gün içinde kabul eder ya da reddeder; süreyi gösterir, yanıtı iletiriz.",
            "A commercial invoice is accepted or rejected within eight days; we show the time left.",
        ),
        "file-invoice",
    ),
    "earsiv": Told(
        (
            "e-Fatura'ya kayıtlı olmayan herkese kesilen elektronik fatura.",
            "The electronic invoice to everybody who is not registered for e-Fatura.",
        ),
        (
            "e-Fatura kullananlar için zorunlu. Hangisinin gerektiğini alıcının numarasından biz anlarız.",
            "A duty for users of e-Fatura. Which one is needed we tell by the buyer's number.",
        ),
        (
            "e-posta, bağlantı ya da kağıtla ulaşır; GİB'e raporlandığını belgenin yanında görürsünüz.",
            "By e-mail, link or paper; that GİB has its report is shown beside the document.",
        ),
        "mail",
    ),
    "eirsaliye": Told(
        ("Malla birlikte yola çıkan sevk belgesi.", "The despatch advice that travels with the goods."),
        (
            "Brüt satışı sınırı aşan e-Fatura kullanıcıları ve bazı sektörler.",
            "Users of e-Fatura above a turnover, and some trades.",
        ),
        (
            "Şoför, plaka ve dorse bir kez yazılır; irsaliye tek tıkla faturaya döner.",
            "Driver and plates are typed once; a despatch becomes its invoice by one click.",
        ),
        "truck",
    ),
    "emm": Told(
        (
            "Çiftçiden alınan ürün için düzenlenen makbuz.",
            "The receipt for goods that are bought from a farmer.",
        ),
        (
            "Çiftçiden ürün alan e-Fatura kullanıcıları ve hal tüccarları.",
            "Users of e-Fatura who buy from farmers, and brokers of the markets.",
        ),
        (
            "Stopaj, Bağ-Kur ve borsa kesintileri kuruşu kuruşuna hesaplanır.",
            "Withholding, social security and exchange fees are worked out to the kuruş.",
        ),
        "plant-2",
    ),
    "esmm": Told(
        ("Serbest meslek sahibinin ücret makbuzu.", "The fee receipt of people in the professions."),
        (
            "Avukat, doktor, mühendis, mali müşavir ve diğerleri.",
            "Lawyers, physicians, engineers, accountants.",
        ),
        (
            "Brütten nete, netten brüte; stopaj ve KDV kendiliğinden.",
            "From gross to net or from net to gross; withholding and KDV by themselves.",
        ),
        "receipt-2",
    ),
    "edefter": Told(
        (
            "e-Defter dosyalarınızın ikinci nüshası, on yıl, her ay yeniden okunarak.",
            "The second copy of your e-Defter files, for ten years, read again every month.",
        ),
        ("e-Defter tutan herkes.", "Everybody who keeps e-Defter."),
        (
            "Berat ve defterin birbirine uyduğunu denetler, kullandığınız yer kadar kontör alırız.",
            "We check that certificate and ledger fit, and take kontör for the space used.",
        ),
        "database",
    ),
    "emutabakat": Told(
        ("Cari hesap ve BA/BS mutabakatı.", "Confirmation of balances between companies."),
        ("Cari hesabı olan herkes.", "Everybody with accounts to confirm."),
        ("Hazırlanıyor.", "Being prepared."),
        "arrows-exchange",
    ),
    "ebordro": Told(
        ("Ücret pusulasının elektronik teslimi.", "Payslips, delivered electronically."),
        ("Çalışanı olan her işveren.", "Every employer."),
        ("Hazırlanıyor.", "Being prepared."),
        "users",
    ),
    "kep": Told(
        ("Kayıtlı elektronik posta ile gönderim ve saklama.", "Registered e-mail, sent and kept."),
        ("Tebligatı delille göndermek isteyenler.", "Those who must be able to prove a notice."),
        ("Hazırlanıyor.", "Being prepared."),
        "mail-check",
    ),
}
