"""The fields that only some profiles and types have, in the words of a form, and what may be chosen in them.

The table of types (`ubl.type_fields`) speaks of JSON to programs. Here the same fields have names for people; a test
holds that every field the table can bring into the form has one.
"""

import re
from collections.abc import Mapping
from typing import Final

Words = tuple[str, str]  # Turkish, English
Option = tuple[str, str, str]  # value, Turkish, English

# What stands above the fields of one object, and before their names where they are told of elsewhere.
GROUPS: Final[Mapping[str, Words]] = {
    "period": ("Fatura dönemi", "Invoice period"),
    "foreign_buyer": ("Yurt dışındaki alıcı", "The buyer abroad"),
    "delivery": ("Teslim", "Delivery"),
    "tax_representative": ("Aracı kurum", "The intermediary"),
    "charging": ("Şarj", "Charging"),
    "paper": ("Matbu irsaliye", "The printed despatch note"),
    "internet_sale": ("İnternet satışı", "Internet sale"),
    "investment": ("Yatırım teşvik belgesi", "Investment incentive certificate"),
}
GROUP_HINTS: Final[Mapping[str, Words]] = {
    "foreign_buyer": (
        "Yukarıdaki alıcıyı boş bırakın: belge gümrük idaresi adına (VKN 1460415308) düzenlenir.",
        "Leave the buyer above empty: the document is addressed to customs (VKN 1460415308).",
    ),
}
NAMES: Final[Mapping[str, Words]] = {
    "accounting_cost": ("SGK fatura türü", "Kind of SGK invoice"),
    "shipment_number": ("Sevkiyat numarası", "Shipment number"),
    "period.start": ("İlk gün", "First day"),
    "period.end": ("Son gün", "Last day"),
    "foreign_buyer.legal_name": ("Resmi unvan", "Legal name"),
    "foreign_buyer.tax_number": ("Vergi numarası", "Tax number"),
    "foreign_buyer.first_name": ("Ad", "First name"),
    "foreign_buyer.family_name": ("Soyad", "Family name"),
    "foreign_buyer.nationality": ("Uyruk", "Nationality"),
    "foreign_buyer.passport_number": ("Pasaport numarası", "Passport number"),
    "foreign_buyer.passport_date": ("Pasaport tarihi", "Date of the passport"),
    "foreign_buyer.street": ("Cadde, sokak", "Street"),
    "foreign_buyer.district": ("İlçe, semt", "District"),
    "foreign_buyer.city": ("Şehir", "City"),
    "foreign_buyer.postal_zone": ("Posta kodu", "Postal code"),
    "foreign_buyer.country": ("Ülke", "Country"),
    "delivery.terms": ("Teslim şartı", "Terms of delivery"),
    "delivery.transport_mode": ("Taşıma şekli", "Way of transport"),
    "delivery.address.street": ("Teslim yeri: cadde, sokak", "Place: street"),
    "delivery.address.building_number": ("Teslim yeri: bina no", "Place: building"),
    "delivery.address.district": ("Teslim yeri: ilçe, semt", "Place: district"),
    "delivery.address.city": ("Teslim yeri: şehir", "Place: city"),
    "delivery.address.postal_zone": ("Teslim yeri: posta kodu", "Place: postal code"),
    "delivery.address.country": ("Teslim yeri: ülke", "Place: country"),
    "tax_representative.vkn": ("VKN", "VKN"),
    "tax_representative.alias": ("GİB etiketi", "Alias at GİB"),
    "tax_representative.name": ("Unvan", "Title"),
    "tax_representative.district": ("İlçe", "District"),
    "tax_representative.city": ("İl", "City"),
    "charging.start": ("Başlangıç", "Start"),
    "charging.end": ("Bitiş", "End"),
    "charging.plate": ("Plaka", "Plate"),
    "charging.vehicle_id": ("Araç kimlik numarası", "Vehicle's number"),
    "charging.report_id": ("ESÜ rapor numarası", "ESÜ report"),
    "charging.report_date": ("ESÜ rapor tarihi", "Date of the ESÜ report"),
    "internet_sale.web_address": ("Web adresi", "Web address"),
    "internet_sale.payment_way": ("Ödeme şekli", "How it was paid"),
    "internet_sale.payment_agent": ("Ödeme aracısı", "Payment institution"),
    "internet_sale.payment_text": ("Ödeme şekli, diğerse", "How, if otherwise"),
    "internet_sale.payment_date": ("Ödeme tarihi", "Day of payment"),
    "internet_sale.despatch_date": ("Gönderim tarihi", "Day of despatch"),
    "internet_sale.carrier.vkn": ("Taşıyıcının VKN'si", "Carrier's VKN"),
    "internet_sale.carrier.name": ("Taşıyıcının unvanı", "Carrier's title"),
    "internet_sale.carrier.city": ("Taşıyıcının ili", "Carrier's province"),
    "internet_sale.carrier.district": ("Taşıyıcının ilçesi", "Carrier's district"),
    "paper.number": ("Seri ve numarası", "Its number"),
    "paper.date": ("Tarihi", "Its date"),
    "investment.number": ("Belge numarası", "Its number"),
    "investment.date": ("Belge tarihi", "Its date"),
    "lines.special_base": ("Özel matrah tutarı", "Special tax base"),
    "lines.buyer_export_code": ("Alıcı satır kodu", "Buyer's line code"),
    "lines.seller_export_code": ("Satıcı satır kodu", "Seller's line code"),
    "lines.accommodation_tax_rate": ("Konaklama vergisi %", "Accommodation tax, %"),
    "lines.package.number": ("Kap numarası", "Package number"),
    "lines.package.count": ("Kap adedi", "Number of packages"),
    "lines.package.type_code": ("Kap cinsi", "Kind of package"),
    "lines.identifiers.scheme": ("Numaranın türü", "Kind of number"),
    "lines.identifiers.value": ("Malın numarası", "Number of the goods"),
    "lines.serial": ("Soket seri numarası", "Serial number of the socket"),
    "lines.expense_type": ("Harcama tipi", "Expense type"),
    "lines.machine.name": ("Makinenin adı", "Machine"),
    "lines.machine.list_number": ("Makinenin liste sıra numarası", "Its place in the list"),
    "lines.machine.serial": ("Makinenin seri numarası", "Its serial number"),
}
# How it is written, where the name does not say so.
HINTS: Final[Mapping[str, Words]] = {
    "shipment_number": ("SE-0000000 biçiminde", "Like SE-0000000"),
    "internet_sale.web_address": ("Satışın yapıldığı site", "The site of the sale"),
    "internet_sale.payment_agent": ("Ödeme aracısıyla ödendiyse adı", "Its name, if paid through one"),
    "internet_sale.payment_date": ("Kapıda ödemede boş", "Empty if paid on delivery"),
    "internet_sale.despatch_date": ("Boşsa düzenleme tarihi", "The issue date if empty"),
    "internet_sale.carrier.vkn": ("Kendiniz teslim ettiyseniz boş", "Empty if you deliver yourself"),
    "foreign_buyer.legal_name": ("Alıcı şirketse", "If it is a firm"),
    "foreign_buyer.first_name": ("Alıcı yolcuysa", "If it is a traveller"),
    "foreign_buyer.nationality": ("İki harfli ülke kodu: DE", "Country code of two letters: DE"),
    "charging.plate": ("Boşluksuz: 06ABC123", "Without spaces: 06ABC123"),
    "investment.number": ("6 rakam", "6 digits"),
    "lines.special_base": ("KDV'nin hesaplandığı tutar", "The sum that KDV is computed of"),
    "lines.buyer_export_code": ("702 kodlu satırda, 11 karakter", "On a line with 702, 11 characters"),
    "lines.seller_export_code": ("11 karakter", "11 characters"),
    "lines.accommodation_tax_rate": ("Geceleme satırına: 2", "On the line of the stay: 2"),
    "lines.package.type_code": ("CT karton, PF palet, CN konteyner …", "CT carton, PF pallet, CN container …"),
}
# What the number of the goods is, by what may stand in its scheme.
IDENTIFIERS: Final[Mapping[str, tuple[Words, Words]]] = {
    "KUNYENO": (("Künye numarası", "Künye number"), ("19 karakter", "19 characters")),
    "ETIKETNO": (("Etiket numarası", "Label number"), ("İki harf, yedi rakam: CV0152457", "Like CV0152457")),
}
CHOICES: Final[Mapping[str, tuple[Option, ...]]] = {
    "accounting_cost": (
        ("SAGLIK_ECZ", "Sağlık: eczane", "Health: pharmacy"), ("SAGLIK_HAS", "Sağlık: hastane", "Health: hospital"),
        ("SAGLIK_OPT", "Sağlık: optik", "Health: optician"), ("SAGLIK_MED", "Sağlık: medikal", "Health: medical"),
        ("ABONELIK", "Abonelik", "Subscription"), ("MAL_HIZMET", "Mal ve hizmet", "Goods and services"),
        ("DIGER", "Diğer", "Other"),
    ),
    "internet_sale.payment_way": (
        ("KREDIKARTI/BANKAKARTI", "Kredi ya da banka kartı", "Credit or bank card"),
        ("EFT/HAVALE", "EFT / havale", "Bank transfer"), ("KAPIDAODEME", "Kapıda ödeme", "On delivery"),
        ("ODEMEARACISI", "Ödeme aracısı", "Payment institution"), ("DIGER", "Diğer", "Otherwise"),
    ),
    "delivery.terms": tuple(
        (code, f"{code} · {name}", f"{code} · {name}")
        for code, name in (
            ("EXW", "Ex Works"), ("FCA", "Free Carrier"), ("FAS", "Free Alongside Ship"), ("FOB", "Free On Board"),
            ("CFR", "Cost and Freight"), ("CIF", "Cost, Insurance and Freight"), ("CPT", "Carriage Paid To"),
            ("CIP", "Carriage and Insurance Paid To"), ("DAP", "Delivered At Place"),
            ("DPU", "Delivered At Place Unloaded"), ("DDP", "Delivered Duty Paid"), ("DDU", "Delivered Duty Unpaid"),
            ("DAF", "Delivered At Frontier"), ("DES", "Delivered Ex Ship"), ("DEQ", "Delivered Ex Quay"),
        )
    ),
    "delivery.transport_mode": (
        ("1", "Denizyolu", "Sea"), ("2", "Demiryolu", "Rail"), ("3", "Karayolu", "Road"), ("4", "Havayolu", "Air"),
        ("5", "Posta", "Post"), ("6", "Çok araçlı", "Multimodal"), ("7", "Sabit taşıma (boru hattı)", "Pipeline"),
        ("8", "İç su yolu", "Inland water"),
    ),
    "lines.expense_type": (
        ("01", "01 · makine", "01 · machines"), ("02", "02 · inşaat", "02 · building"), ("03", "03", "03"),
        ("04", "04", "04"),
    ),
    "lines.identifiers.scheme": (
        ("KUNYENO", "Künye (hal)", "Künye (wholesale market)"), ("ILAC", "İlaç", "Drug"),
        ("TIBBICIHAZ", "Tıbbi cihaz", "Medical device"), ("TELEFON", "Telefon", "Phone"),
        ("TABLET_PC", "Tablet", "Tablet"), ("ETIKETNO", "Etiket (IDIS)", "Label (IDIS)"), ("DIGER", "Diğer", "Other"),
    ),
}  # fmt: skip


def plain(path: str) -> str:
    """A path of the form or of the table without its places: `lines[3].package.count` is `lines.package.count`."""
    return re.sub(r"\[[^\]]*\]", "", path)


def label(path: str, side: int) -> str | None:
    """The name of a special field where it stands alone, its object before it; None: it is no such field."""
    name, group = NAMES.get(plain(path)), GROUPS.get(plain(path).partition(".")[0])
    if name is None:
        return None
    return f"{group[side]}: {name[side]}" if group else name[side]
