"""Words for GİB's rules on invoices: profile, type, taxes, tevkifat, exemptions, sums, signature.

rule -> (message in English, how to mend in Turkish, how to mend in English). GİB's own text is the Turkish message.
"""

from typing import Final

Words = tuple[str, str, str]

_SIGN_AGAIN = ("Belgeyi yeniden imzalayın.", "Sign the document again.")

TEXTS: Final[dict[str, Words]] = {
    "EB-FIGURE": (
        "A figure cannot be read, or has too many digits.",
        "Sayıyı noktadan önce en çok 18, sonra en çok 10 haneyle yazın.",
        "Write the figure with at most 18 digits before the point and 10 behind it.",
    ),
    "EB-RULES-UNREADABLE": (
        "GİB's rules cannot be run on the document: it is built beyond every measure.",
        "Belgeyi UBL-TR şemasına göre yeniden oluşturun.",
        "Build the document anew by the UBL-TR schema.",
    ),
    "sch-ProfileIDCheck-1": (
        "cbc:ProfileID is not a profile of e-Fatura.",
        "TEMELFATURA ya da TICARIFATURA yazın; e-Arşiv faturasını e-Arşiv olarak gönderin.",
        "Write TEMELFATURA or TICARIFATURA; send an e-Arşiv invoice as e-Arşiv.",
    ),
    "sch-ProfileIDCheck-2": (
        "The cbc:ProfileID of an e-Arşiv invoice must be EARSIVFATURA.",
        "EARSIVFATURA yazın ya da belgeyi e-Fatura olarak gönderin.",
        "Write EARSIVFATURA, or send the document as e-Fatura.",
    ),
    "sch-ProfileIDCheck-4": (
        "xsi:schemaLocation does not name UBL-Invoice-2.1.xsd.",
        "Niteliği düzeltin ya da kaldırın.",
        "Correct the attribute or leave it out.",
    ),
    "sch-InvoiceTypeCodeCheck-1": (
        "cbc:InvoiceTypeCode is not in GİB's list.",
        "Tipi listeden seçin (SATIS, IADE, TEVKIFAT, ISTISNA …).",
        "Choose the type from the list (SATIS, IADE, TEVKIFAT, ISTISNA …).",
    ),
    "sch-InvoiceTypeCodeCheck-2": (
        "A return (IADE) is not allowed with this profile; it can never be TICARIFATURA.",
        "İade faturasında senaryoyu TEMELFATURA yapın.",
        "Use the profile TEMELFATURA for a return.",
    ),
    "sch-InvoiceTypeCodeCheck-3": (
        "The types SARJ and SARJANLIK go with the profile ENERJI only, and ENERJI only with them.",
        "Senaryo ile tipi birlikte düzeltin.",
        "Correct profile and type together.",
    ),
    "sch-InvoiceTypeCodeCheck-4": (
        "TEKNOLOJIDESTEK goes with EARSIVFATURA only.",
        "Tipi ya da senaryoyu düzeltin.",
        "Correct type or profile.",
    ),
    "sch-CurrencyCodeCheck-1": (
        "cbc:DocumentCurrencyCode is not in GİB's list.",
        "ISO 4217 kodu yazın (TL değil TRY).",
        "Write an ISO 4217 code (TRY, not TL).",
    ),
    "sch-CurrencyCodeCheck-6": (
        "A document in foreign currency needs cac:PricingExchangeRate/cbc:CalculationRate.",
        "cac:PricingExchangeRate içine kuru ve tarihini yazın.",
        "Write rate and date into cac:PricingExchangeRate.",
    ),
    "sch-CurrencyCodeCheck-7": (
        "The exchange rate has not the form of a number with at most six decimals.",
        "Kuru noktalı ve en çok 6 ondalıkla yazın (34.1234).",
        "Write the rate with a point and at most 6 decimals (34.1234).",
    ),
    "sch-GeneralWithholdingTaxTotalCheck-1": (
        "cac:WithholdingTaxTotal stands on an invoice whose type has no withholding.",
        "cbc:InvoiceTypeCode değerini TEVKIFAT yapın ya da tevkifatı kaldırın.",
        "Set cbc:InvoiceTypeCode to TEVKIFAT, or remove the withholding.",
    ),
    "sch-GeneralWithholdingTaxTotalCheck-2": (
        "Tax code 4171 goes with the types TEVKIFAT, IADE, SGK and YTBIADE only.",
        "Tipi ya da vergi kodunu düzeltin.",
        "Correct type or tax code.",
    ),
    "sch-WithholdingTaxTotalCheck-1": (
        "The withholding has no code or no percentage.",
        "Tevkifat kodunu (cbc:TaxTypeCode) ve oranını (cbc:Percent) yazın.",
        "Write the withholding code (cbc:TaxTypeCode) and its percentage (cbc:Percent).",
    ),
    "sch-WithholdingTaxTotalCheck-2": (
        "The withholding code is not in GİB's list.",
        "601-627 ya da 801-825 arası geçerli bir kod seçin.",
        "Choose a valid code from 601-627 or 801-825.",
    ),
    "sch-WithholdingTaxTotalCheck-3": (
        "The percentage does not belong to this withholding code.",
        "Kodun oranını yazın (örneğin 601: 40, 606: 90, 616: 50).",
        "Write the percentage of the code (for instance 601: 40, 606: 90, 616: 50).",
    ),
    "sch-TaxTypeCheck-1": (
        "The tax code is not in GİB's list.",
        "KDV için 0015 yazın; diğer vergiler için listeye bakın.",
        "Write 0015 for KDV; for other taxes see the list.",
    ),
    "sch-TaxExemptionReasonCheck-1": (
        "KDV is 0 without an exemption reason.",
        "İstisna kodunu ve nedenini yazın (istisna değilse 351).",
        "Write exemption code and reason (351 when it is no exemption).",
    ),
    "sch-TaxExemptionReasonCodeCheck-1": (
        "cbc:TaxExemptionReason is empty.",
        "İstisna nedenini yazın.",
        "Write the reason of the exemption.",
    ),
    "sch-TaxExemptionReasonCodeCheck-2": (
        "The exemption code is missing or not in GİB's list.",
        "Geçerli bir istisna kodu yazın (301 mal ihracatı, 351 istisna olmayan diğer).",
        "Write a valid exemption code (301 export of goods, 351 other, not an exemption).",
    ),
    "sch-TaxExemptionReasonCodeCheck-3": (
        "This exemption code needs the invoice type ISTISNA.",
        "cbc:InvoiceTypeCode değerini ISTISNA yapın ya da kodu değiştirin.",
        "Set cbc:InvoiceTypeCode to ISTISNA, or change the code.",
    ),
    "sch-TaxExemptionReasonCodeCheck-4": (
        "The codes 801-812 need the invoice type OZELMATRAH.",
        "Tipi OZELMATRAH yapın ya da kodu değiştirin.",
        "Use the type OZELMATRAH, or change the code.",
    ),
    "sch-TaxExemptionReasonCodeCheck-5": (
        "The codes 701-704 need the invoice type IHRACKAYITLI.",
        "Tipi IHRACKAYITLI yapın ya da kodu değiştirin.",
        "Use the type IHRACKAYITLI, or change the code.",
    ),
    "sch-InvoicedQuantityCheck-1": (
        "cbc:InvoicedQuantity has no unitCode.",
        "unitCode niteliğini yazın (adet için C62).",
        "Write the unitCode attribute (C62 for pieces).",
    ),
    "sch-decimalCheck-1": (
        "The amount is not a number with a point and at most two decimals.",
        "1234.56 biçiminde yazın; eksi değer ve binlik ayracı kullanmayın.",
        "Write it like 1234.56, without minus sign or thousands separator.",
    ),
    "sch-IADEInvioceCheck-1": (
        "A return needs the returned invoices: 16 character number and type code IADE.",
        "cac:BillingReference/cac:InvoiceDocumentReference içine iade edilen faturaları yazın.",
        "Name the returned invoices in cac:BillingReference/cac:InvoiceDocumentReference.",
    ),
    "sch-PaymentMeansCodeCheck-1": (
        "The payment means code is not in GİB's list.",
        "10 nakit, 42 havale, 48 kart gibi bir kod yazın.",
        "Write a code like 10 cash, 42 bank transfer, 48 card.",
    ),
    "sch-KamuFaturaCheck-1": (
        "An invoice of profile KAMU needs a Turkish IBAN.",
        "cac:PayeeFinancialAccount/cbc:ID alanına IBAN'ı boşluksuz yazın.",
        "Write the IBAN without spaces into cac:PayeeFinancialAccount/cbc:ID.",
    ),
    "sch-SignatoryPartyPartyIdentificationCheck-1": (
        "cac:SignatoryParty has no VKN or TCKN.",
        "İmza sahibinin VKN ya da TCKN'sini yazın.",
        "Write the VKN or TCKN of whoever signs.",
    ),
    "hesap-satir": (
        "The line's amount is not quantity times price less discount.",
        "Satır tutarını yeniden hesaplayın; kuruşa yarım yukarı yuvarlayın.",
        "Reckon the line again; round half up to the kuruş.",
    ),
    "hesap-vergi": (
        "The tax is not base times percentage.",
        "Matrahı ve oranı kontrol edin.",
        "Check base and percentage.",
    ),
    "hesap-vergi-toplam": (
        "The tax total is not the sum of its parts (with or without the withheld tax).",
        "cac:TaxTotal/cbc:TaxAmount değerini alt toplamlardan yeniden yazın.",
        "Add up cac:TaxTotal/cbc:TaxAmount again from its parts.",
    ),
    "hesap-tevkifat": (
        "The withheld tax is not KDV times the withholding percentage.",
        "Tevkifatı KDV × oran olarak hesaplayın.",
        "Reckon the withholding as KDV times percentage.",
    ),
    "hesap-tevkifat-toplam": (
        "The withholding total is not the sum of its parts.",
        "Alt toplamları toplayıp yazın.",
        "Add up the parts.",
    ),
    "hesap-dip-satir": (
        "The sum of the lines is not the document's line total.",
        "LineExtensionAmount alanına satırların toplamını yazın.",
        "Write the sum of the lines into LineExtensionAmount.",
    ),
    "hesap-dip-indirim": (
        "The total discount is not the sum of the document's discounts.",
        "AllowanceTotalAmount alanına belge indirimlerini toplayın; satır indirimleri girmez.",
        "Add the document's discounts into AllowanceTotalAmount, without those of lines.",
    ),
    "hesap-dip-artirim": (
        "The total charge is not the sum of the document's charges.",
        "ChargeTotalAmount alanına belge artırımlarını toplayın.",
        "Add the document's charges into ChargeTotalAmount.",
    ),
    "hesap-dip-vergi-haric": (
        "The amount without tax is not lines less discounts plus charges.",
        "TaxExclusiveAmount değerini yeniden hesaplayın.",
        "Reckon TaxExclusiveAmount again.",
    ),
    "hesap-dip-vergi-dahil": (
        "The amount with tax is not the amount without tax plus all taxes (withheld tax included).",
        "TaxInclusiveAmount değerini yeniden hesaplayın.",
        "Reckon TaxInclusiveAmount again.",
    ),
    "hesap-dip-odenecek": (
        "The payable amount is not the amount with tax less what is withheld.",
        "PayableAmount değerini yeniden hesaplayın; yuvarlama varsa PayableRoundingAmount yazın.",
        "Reckon PayableAmount again; write PayableRoundingAmount if it is rounded.",
    ),
    "hesap-para-birimi": (
        "Some amounts have another currency than the document.",
        "currencyID değerlerini belge para birimine eşitleyin.",
        "Use the document's currency in every currencyID.",
    ),
    "imza-yapi": ("A mandatory part of the signature is missing.", *_SIGN_AGAIN),
    "imza-referans": ("A reference of the signature points at nothing.", *_SIGN_AGAIN),
    "sch-XadesSignatureCheckForInvoice-6": ("xades:SigningCertificate is missing in the signature.", *_SIGN_AGAIN),
    "sch-XadesSignatureCheckForInvoice-7": ("The signature needs one Reference to the whole document.", *_SIGN_AGAIN),
    "sch-SignatureMethodCheck-1": ("rsa-sha1 is not accepted.", *_SIGN_AGAIN),
}
