"""Words for GİB's schematron rules that are common to all kinds, and for those of e-İrsaliye.

rule -> (message in English, how to mend in Turkish, how to mend in English). GİB's own text is the Turkish message.
"""

from typing import Final

Words = tuple[str, str, str]

_NUMBER: Final[Words] = (
    "The document number is not three letters or digits, the year and nine digits (ABC2026000000001).",
    "Numarayı ABC2026000000001 kalıbında yazın; seri büyük harf ve rakamdan oluşur.",
    "Write the number like ABC2026000000001; the series is capital letters and digits.",
)
_PARTY = "PartyIdentificationPartyNamePersonCheck"

TEXTS: Final[dict[str, Words]] = {
    "sch-degerlendirme": (
        "GİB's rule could not be evaluated on this value; mostly a date or time of the wrong form.",
        "Değerin biçimini düzeltin (tarih YYYY-AA-GG, saat SS:DD:SS).",
        "Correct the form of the value (date YYYY-MM-DD, time HH:MM:SS).",
    ),
    "sch-TarihBicimi-1": (
        "The date is not a real day in the form YYYY-MM-DD.",
        "Tarihi gerçek bir gün olarak YYYY-AA-GG biçiminde yazın.",
        "Write a real day as YYYY-MM-DD.",
    ),
    "sch-TimeCheck-2": (
        "The date lies before 2005-01-01.",
        "Düzenleme tarihini kontrol edin.",
        "Check the issue date.",
    ),
    "sch-UBLVersionIDCheck-1": (
        "cbc:UBLVersionID must be 2.1.",
        "cbc:UBLVersionID değerini 2.1 yapın.",
        "Set cbc:UBLVersionID to 2.1.",
    ),
    "sch-CustomizationIDCheck-1": (
        "cbc:CustomizationID must be TR1.2 or TR1.2.1.",
        "cbc:CustomizationID değerini TR1.2 yapın.",
        "Set cbc:CustomizationID to TR1.2.",
    ),
    "sch-InvoiceIDCheck-1": _NUMBER,
    "sch-CopyIndicatorCheck-1": (
        "cbc:CopyIndicator must be false.",
        "cbc:CopyIndicator değerini false yapın.",
        "Set cbc:CopyIndicator to false.",
    ),
    "sch-UUIDCheck-1": (
        "The ETTN (cbc:UUID) is not a UUID.",
        "Her belge için yeni bir UUID üretin (8-4-4-4-12 onaltılık hane).",
        "Make a new UUID for each document (8-4-4-4-12 hexadecimal digits).",
    ),
    "sch-GeneralUnitCodeCheck-1": (
        "The unit code is not in GİB's list.",
        "UN/ECE kodu yazın: adet C62, kg KGM, litre LTR, saat HUR, gün DAY, ay MON, kutu BX.",
        "Write a UN/ECE code: piece C62, kg KGM, litre LTR, hour HUR, day DAY, month MON, box BX.",
    ),
    "sch-GeneralCurrencyIDCheck-1": (
        "The currencyID of an amount is not in GİB's list.",
        "Tutarlarda ISO 4217 kodu kullanın (TL değil TRY).",
        "Use ISO 4217 codes for amounts (TRY, not TL).",
    ),
    "sch-MimeCodeCheck-1": (
        "The mimeCode of an attachment is not in GİB's list.",
        "Listedeki bir tür yazın (application/xml, image/png).",
        "Write a type of the list (application/xml, image/png).",
    ),
    "sch-GeneralChannelCodeCheck-1": (
        "The channel code is not in GİB's list.",
        "Kanal kodunu listeden seçin.",
        "Choose the channel code from the list.",
    ),
    "sch-SignatureCheck-1": (
        "cac:Signature/cbc:ID must have schemeID VKN_TCKN.",
        'schemeID="VKN_TCKN" yazın.',
        'Write schemeID="VKN_TCKN".',
    ),
    "sch-SignatureCheck-2": (
        "cac:Signature/cbc:ID must be 10 digits (VKN) or 11 digits (TCKN).",
        "İmza sahibinin VKN ya da TCKN'sini yazın.",
        "Write the VKN or TCKN of whoever signs.",
    ),
    "sch-SignatureCountCheck-1": (
        "There is more than one cac:Signature.",
        "Tek bir cac:Signature bırakın.",
        "Leave one cac:Signature.",
    ),
    "sch-PartyIdentificationSchemeIDCheck-1": (
        "The schemeID of a party's identification is not in GİB's list.",
        "Vergi numarası için VKN, T.C. kimlik numarası için TCKN yazın.",
        "Write VKN for a tax number, TCKN for an identity number.",
    ),
    "sch-PartyIdentificationTCKNVKNCheck-1": (
        "A VKN must have 10 digits.",
        "Vergi numarasını boşluksuz 10 hane yazın.",
        "Write the tax number as 10 digits without spaces.",
    ),
    "sch-PartyIdentificationTCKNVKNCheck-2": (
        "A TCKN must have 11 digits.",
        "T.C. kimlik numarasını boşluksuz 11 hane yazın.",
        "Write the identity number as 11 digits without spaces.",
    ),
    f"sch-{_PARTY}-1": (
        "The party has no VKN and no TCKN (or more than one of the same).",
        "cac:PartyIdentification içine tek bir VKN ya da TCKN yazın.",
        "Write one VKN or one TCKN into cac:PartyIdentification.",
    ),
    f"sch-{_PARTY}-2": (
        "The party has both a VKN and a TCKN.",
        "VKN ya da TCKN'den yalnız birini bırakın.",
        "Leave only one of VKN and TCKN.",
    ),
    f"sch-{_PARTY}-3": (
        "A party with a VKN needs cac:PartyName.",
        "cac:PartyName/cbc:Name içine unvanı yazın.",
        "Write the firm's name into cac:PartyName/cbc:Name.",
    ),
    f"sch-{_PARTY}-4": (
        "The name of a party with a VKN is empty.",
        "Unvanı yazın.",
        "Write the firm's name.",
    ),
    f"sch-{_PARTY}-5": (
        "A party with a TCKN needs cac:Person.",
        "cac:Person içine ad ve soyadı yazın.",
        "Write first and family name into cac:Person.",
    ),
    f"sch-{_PARTY}-6": (
        "First or family name of a party with a TCKN is empty.",
        "Ad ve soyadı yazın.",
        "Write first and family name.",
    ),
    "sch-DespatchAdviceTypeCodeCheck-1": (
        "cbc:DespatchAdviceTypeCode must be SEVK or MATBUDAN.",
        "SEVK yazın.",
        "Write SEVK.",
    ),
    "sch-DespatchAdviceTypeCodeCheck-2": (
        "MATBUDAN needs a reference to the printed despatch note with its number and date.",
        "cac:AdditionalDocumentReference ile matbu irsaliyenin numarasını ve tarihini yazın.",
        "Give number and date of the printed note in cac:AdditionalDocumentReference.",
    ),
    "sch-ProfileIDTypeDespatchAdvice-1": (
        "cbc:ProfileID must be TEMELIRSALIYE, HKSIRSALIYE or IDISIRSALIYE.",
        "TEMELIRSALIYE yazın.",
        "Write TEMELIRSALIYE.",
    ),
    "sch-DespatchDateCheck-1": (
        "The actual despatch date is missing.",
        "cac:Despatch/cbc:ActualDespatchDate yazın.",
        "Write cac:Despatch/cbc:ActualDespatchDate.",
    ),
    "sch-DespatchDateCheck-2": (
        "The actual despatch date has not the form YYYY-MM-DD.",
        "Fiili sevk tarihini YYYY-AA-GG biçiminde yazın.",
        "Write the actual despatch date as YYYY-MM-DD.",
    ),
    "sch-DespatchTimeCheck-1": (
        "The actual despatch time is missing.",
        "cac:Despatch/cbc:ActualDespatchTime yazın.",
        "Write cac:Despatch/cbc:ActualDespatchTime.",
    ),
    "sch-DespatchAddressCheck-1": (
        "The delivery address has no district.",
        "cac:DeliveryAddress/cbc:CitySubdivisionName yazın.",
        "Write cac:DeliveryAddress/cbc:CitySubdivisionName.",
    ),
    "sch-DespatchAddressCheck-2": (
        "The delivery address has no city.",
        "cac:DeliveryAddress/cbc:CityName yazın.",
        "Write cac:DeliveryAddress/cbc:CityName.",
    ),
    "sch-DespatchAddressCheck-3": (
        "The delivery address has no country.",
        "cac:DeliveryAddress/cac:Country/cbc:Name yazın.",
        "Write cac:DeliveryAddress/cac:Country/cbc:Name.",
    ),
    "sch-DespatchAddressCheck-4": (
        "The postal zone of the delivery address is not five digits beginning with a province (01-81).",
        "cbc:PostalZone alanına 5 haneli posta kodunu yazın.",
        "Write the five digits of the postal code into cbc:PostalZone.",
    ),
    "sch-DespatchCarrierDriverCheck-1": (
        "Neither a driver nor a carrier is named.",
        "cac:DriverPerson ya da cac:CarrierParty yazın.",
        "Write cac:DriverPerson or cac:CarrierParty.",
    ),
    "sch-DespatchCarrierDriverCheck-4": (
        "The driver's identity number (cbc:NationalityID) is missing.",
        "Şoförün TCKN'sini cbc:NationalityID alanına yazın.",
        "Write the driver's TCKN into cbc:NationalityID.",
    ),
    "sch-DeliveredQuantityCheck-1": (
        "The line has no delivered quantity.",
        "cbc:DeliveredQuantity yazın.",
        "Write cbc:DeliveredQuantity.",
    ),
    "sch-DeliveredQuantityCheck-2": (
        "The delivered quantity has no unit code.",
        "unitCode niteliğini yazın (adet için C62).",
        "Write the unitCode attribute (C62 for pieces).",
    ),
    "sch-ItemNameCheck-1": (
        "The line has no item name.",
        "cac:Item/cbc:Name yazın.",
        "Write cac:Item/cbc:Name.",
    ),
    "sch-DespatchLineIdCheck-1": (
        "The id of the line is not a number.",
        "cac:DespatchLine/cbc:ID alanına sıra numarası yazın.",
        "Number the line in cac:DespatchLine/cbc:ID.",
    ),
    "sch-LicensePlateIDCheck-1": (
        "A driver is named but no plate.",
        'cbc:LicensePlateID yazın (schemeID="PLAKA").',
        'Write cbc:LicensePlateID (schemeID="PLAKA").',
    ),
    "sch-LicensePlateIDSchemeIDCheck-1": (
        "The plate's schemeID must be PLAKA or YABANCIPLAKA.",
        'schemeID="PLAKA" yazın.',
        'Write schemeID="PLAKA".',
    ),
    "sch-LicensePlateIDSchemeIDCheck-2": (
        "The plate has not the form of a Turkish plate without spaces (06ABC123).",
        "Plakayı boşluksuz büyük harfle yazın.",
        "Write the plate without spaces in capitals.",
    ),
}
