"""The fields that the table of types names: where they stand in a draft, what they are, how they are written."""

from typing import Final

from ebelge.ubl.draft_special import CUSTOMS_VKN
from ebelge.ubl.type_table import Field

_SCHEMES_TR = "lines[].identifiers içine"
_SCHEMES_EN = "into lines[].identifiers"

FIELDS: Final[dict[str, Field]] = {
    "returned_invoices": Field(
        "returned_invoices[].number", "iade edilen faturanın 16 haneli numarası", "the 16-character number returned",
        "returned_invoices alanına iade edilen her faturanın numarasını ve tarihini yazın.",
        "Write number and date of each returned invoice into returned_invoices.",
        form=r".{16}", reserved=True,
    ),
    "withholding": Field(
        "lines[].withholding_code", "tevkifat kodu", "a withholding (tevkifat) code",
        "Tevkifatlı satıra withholding_code yazın (601-627, 801-825).",
        "Write withholding_code on the line (601-627, 801-825).", "any", "list:WithholdingTaxType", True,
    ),
    "exemption_istisna": Field(
        "lines[].exemption_code", "istisna kodu", "an exemption code",
        "En az bir satıra istisna kodunu yazın (201-250, 301-350, 501); kdv_rate 0 olur.",
        "Write an exemption code on at least one line (201-250, 301-350, 501); its kdv_rate is 0.",
        "any", "list:istisnaTaxExemptionReasonCodeType",
    ),
    "exemption_ozel": Field(
        "lines[].exemption_code", "özel matrah kodu", "a special base code",
        "Her satıra özel matrah kodunu yazın (801-812).", "Write the special base code on every line (801-812).",
        "every", "list:ozelMatrahTaxExemptionReasonCodeType",
    ),
    "exemption_ihrac": Field(
        "lines[].exemption_code", "ihraç kayıt kodu", "an export registration code",
        "Her satıra 701, 702, 703 ya da 704 yazın.", "Write 701, 702, 703 or 704 on every line.",
        "every", "list:ihracExemptionReasonCodeType",
    ),
    "exemption_ytb": Field(
        "lines[].exemption_code", "teşvik istisna kodu", "an incentive exemption code",
        "Her satıra 308 (makine) ya da 339 (inşaat) yazın.", "Write 308 (machines) or 339 (building) on every line.",
        "every", "308|339",
    ),
    "exemption_308": Field(
        "lines[].exemption_code", "istisna kodu 308", "the exemption code 308",
        "Harcama tipi 01 olan satıra 308 yazın.", "Write 308 on a line of expense type 01.", "every", "308",
    ),
    "exemption_339": Field(
        "lines[].exemption_code", "istisna kodu 339", "the exemption code 339",
        "Harcama tipi 02 olan satıra 339 yazın.", "Write 339 on a line of expense type 02.", "every", "339",
    ),
    "special_base": Field(
        "lines[].special_base", "özel matrah tutarı", "the special tax base",
        "Satıra KDV'nin matrahını special_base olarak yazın.", "Write the base of the KDV on the line as special_base.",
        "any", reserved=True,
    ),
    "accommodation_tax_rate": Field(
        "lines[].accommodation_tax_rate", "konaklama vergisi oranı", "the rate of the accommodation tax",
        "Geceleme satırına accommodation_tax_rate yazın (2).", "Write accommodation_tax_rate on the line (2).",
        "any", reserved=True,
    ),
    "other_taxes": Field(
        "lines[].other_taxes", "KDV dışında vergi", "a tax beside KDV",
        "Satıra other_taxes içinde verginin kodunu ve oranını (rate) ya da tutarını (amount) yazın.",
        "Write code and rate or amount of the tax into other_taxes on the line.", "any", reserved=True,
    ),
    "accounting_cost": Field(
        "accounting_cost", "SGK fatura türü", "the kind of SGK invoice",
        "SAGLIK_ECZ, SAGLIK_HAS, SAGLIK_OPT, SAGLIK_MED, ABONELIK, MAL_HIZMET ya da DIGER yazın.",
        "Write SAGLIK_ECZ, SAGLIK_HAS, SAGLIK_OPT, SAGLIK_MED, ABONELIK, MAL_HIZMET or DIGER.",
        form="list:AccountingCostCodeList",
    ),
    "period": Field(
        "period", "fatura dönemi", "the period invoiced", "period.start ve period.end yazın.",
        "Write period.start and period.end.",
    ),
    "kunye": Field(
        "lines[].identifiers[KUNYENO]", "19 haneli künye numarası", "the 19-character künye number",
        f"Her satırda {_SCHEMES_TR} scheme KUNYENO ile künyeyi yazın.",
        f"Write the künye of every line {_SCHEMES_EN} with scheme KUNYENO.", "every", ".{19}",
    ),
    "drug_or_device": Field(
        "lines[].identifiers[ILAC|TIBBICIHAZ|DIGER]", "ilaç ya da cihaz numarası", "the number of the drug or device",
        f"Her satırda {_SCHEMES_TR} ILAC, TIBBICIHAZ ya da DIGER yazın.",
        f"Write ILAC, TIBBICIHAZ or DIGER of every line {_SCHEMES_EN}.", "every",
    ),
    "phone_or_tablet": Field(
        "lines[].identifiers[TELEFON|TABLET_PC]", "telefon ya da tablet numarası", "the number of the phone or tablet",
        f"Her satırda {_SCHEMES_TR} TELEFON ya da TABLET_PC yazın.",
        f"Write TELEFON or TABLET_PC of every line {_SCHEMES_EN}.", "every",
    ),
    "label": Field(
        "lines[].identifiers[ETIKETNO]", "9 karakterli etiket numarası", "the 9-character label number",
        f"Her satırda {_SCHEMES_TR} ETIKETNO yazın: iki harf, yedi rakam (CV0152457).",
        f"Write ETIKETNO of every line {_SCHEMES_EN}: two letters, seven digits (CV0152457).",
        "every", "[A-Za-z]{2}[0-9]{7}",
    ),
    "shipment_number": Field(
        "shipment_number", "sevkiyat numarası", "the shipment number",
        "shipment_number alanına SE-0000000 biçiminde yazın.", "Write shipment_number in the form SE-0000000.",
        reserved=True,
    ),
    "iban": Field(
        "payment.iban", "IBAN", "the IBAN", "payment.iban alanına TR ile başlayan 26 haneli IBAN yazın.",
        "Write an IBAN of 26 characters that begins with TR into payment.iban.", form=r"TR\d{7}[A-Z0-9]{17}",
    ),
    "customs": Field(
        "buyer.vkn", "gümrük idaresinin VKN'si", "the VKN of customs",
        f"buyer alanını boş bırakın ya da vkn {CUSTOMS_VKN} yazın; yurt dışındaki alıcı foreign_buyer olur.",
        f"Leave buyer out, or write vkn {CUSTOMS_VKN}; the buyer abroad is foreign_buyer.", form=CUSTOMS_VKN,
    ),
    "foreign_buyer": Field(
        "foreign_buyer", "yurt dışındaki alıcı", "the buyer abroad",
        "foreign_buyer alanına alıcının adını, ilini ve ülkesini yazın.",
        "Write name, city and country of the buyer into foreign_buyer.", reserved=True,
    ),
    "legal_name": Field(
        "foreign_buyer.legal_name", "alıcının resmi unvanı", "the buyer's legal name",
        "foreign_buyer.legal_name yazın.", "Write foreign_buyer.legal_name.",
    ),
    "traveller_name": Field(
        "foreign_buyer.first_name", "yolcunun adı", "the traveller's name", "foreign_buyer.first_name yazın.",
        "Write foreign_buyer.first_name.",
    ),
    "traveller_family_name": Field(
        "foreign_buyer.family_name", "yolcunun soyadı", "the traveller's family name",
        "foreign_buyer.family_name yazın.", "Write foreign_buyer.family_name.",
    ),
    "nationality": Field(
        "foreign_buyer.nationality", "yolcunun uyruğu", "the traveller's nationality",
        "foreign_buyer.nationality alanına iki harfli ülke kodu yazın (DE).",
        "Write a country code of two letters into foreign_buyer.nationality (DE).", form="list:CountryCodeList",
    ),
    "passport": Field(
        "foreign_buyer.passport_number", "pasaport numarası", "the passport number",
        "foreign_buyer.passport_number yazın.", "Write foreign_buyer.passport_number.",
    ),
    "passport_date": Field(
        "foreign_buyer.passport_date", "pasaport tarihi", "the passport's date", "foreign_buyer.passport_date yazın.",
        "Write foreign_buyer.passport_date.",
    ),
    "tax_representative": Field(
        "tax_representative", "aracı kurum", "the intermediary",
        "tax_representative alanına aracı kurumun VKN'sini ve etiketini yazın.",
        "Write VKN and alias of the intermediary into tax_representative.", reserved=True,
    ),
    "delivery": Field(
        "delivery", "teslim bilgisi", "the delivery", "delivery alanına teslim şartını, taşıma şeklini ve yeri yazın.",
        "Write terms, way of transport and place into delivery.", reserved=True,
    ),
    "incoterms": Field(
        "delivery.terms", "teslim şartı", "the terms of delivery", "Listeden yazın: CIF, FOB, EXW, DAP …",
        "Write one of the list: CIF, FOB, EXW, DAP …", form="list:DeliveryTermCodeList",
    ),
    "gtip": Field(
        "lines[].gtip", "12 haneli GTİP", "the customs tariff number (GTİP)", "Satıra 12 haneli gtip yazın.",
        "Write gtip (12 digits) on the line.", "every",
    ),
    "package": Field(
        "lines[].package", "kap bilgisi", "the package",
        "Satıra package içinde kap adedini ve cinsini yazın (CT, PF, CN …).",
        "Write count and kind of the packages into package on the line (CT, PF, CN …).", "any", reserved=True,
    ),
    "buyer_export_code": Field(
        "lines[].buyer_export_code", "alıcı satır kodu", "the buyer's line code",
        "702 kodlu satıra buyer_export_code yazın (11 karakter).",
        "Write buyer_export_code (11 characters) on a line with 702.", "every", reserved=True,
    ),
    "seller_export_code": Field(
        "lines[].seller_export_code", "satıcı satır kodu", "the seller's line code",
        "Satıra seller_export_code yazın (11 karakter).", "Write seller_export_code (11 characters) on the line.",
        "any", reserved=True,
    ),
    "charging": Field(
        "charging", "şarj bilgisi", "the charging", "charging alanına başlangıç, bitiş ve plakayı yazın.",
        "Write start, end and plate into charging.", reserved=True,
    ),
    "report_id": Field(
        "charging.report_id", "ESÜ rapor numarası", "the ESÜ report", "charging.report_id alanına GUID yazın.",
        "Write a GUID into charging.report_id.",
    ),
    "report_date": Field(
        "charging.report_date", "ESÜ rapor tarihi", "the date of the ESÜ report", "charging.report_date yazın.",
        "Write charging.report_date.",
    ),
    "serial": Field(
        "lines[].serial", "soket seri numarası", "the serial number of the socket", "Satıra serial yazın.",
        "Write serial on the line.", "every",
    ),
    "buyer_tckn": Field(
        "buyer.tckn", "alıcının TCKN'si", "the buyer's TCKN", "Alıcıyı tckn, ad ve soyad ile yazın.",
        "Write the buyer with tckn, first_name and family_name.",
    ),
    "investment": Field(
        "investment", "yatırım teşvik belgesi", "the incentive certificate",
        "investment alanına belgenin 6 haneli numarasını ve tarihini yazın.",
        "Write the certificate's 6 digits and date into investment.", reserved=True,
    ),
    "expense_type": Field(
        "lines[].expense_type", "harcama tipi", "the expense type",
        "Her satıra expense_type yazın: 01 makine, 02 inşaat, 03, 04.",
        "Write expense_type on every line: 01 machines, 02 building, 03, 04.", "every",
        "list:YatirimTesvikItemClassificationCodeList", True,
    ),
    "expense_type_free": Field(
        "lines[].expense_type", "harcama tipi 01 ya da 02", "the expense type 01 or 02",
        "İstisnada harcama tipi 01 ya da 02 olur.", "An exempt line has expense type 01 or 02.", "every", "01|02",
    ),
    "machine": Field(
        "lines[].machine", "makine bilgisi", "the machine",
        "Satıra machine içinde adı, liste sıra numarasını ve seri numarasını yazın.",
        "Write name, list_number and serial into machine on the line.", "every", reserved=True,
    ),
    "paper": Field(
        "paper", "matbu irsaliye", "the printed despatch note", "paper alanına seri/numarayı ve tarihi yazın.",
        "Write number and date of the printed note into paper.", reserved=True,
    ),
}  # fmt: skip
