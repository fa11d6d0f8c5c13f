"""Names with & and İ/ı, and five hundred lines: built, checked, read and shown as they are."""

from ebelge.ubl import codes, type_examples
from ebelge.ubl.parse import parse
from ebelge.ubl.render import html
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.validate import check


def test_an_ampersand_and_angle_brackets_in_a_name_stay_what_they_are(make, today):
    name = "Işık & Çağrı <Tekstil> \"A.Ş.\" 'İzmir'"
    body = type_examples.example("TEMELFATURA", "SATIS")
    body["buyer"]["name"] = name
    body["lines"][0]["name"] = "Vida 3<d>5 & somun"
    xml = make("TEMELFATURA", "SATIS", body)
    assert check(xml, kind=DocumentKind.EFATURA, today=today) == []
    assert parse(xml).customer.name == name
    page = html(xml).decode()
    assert "Işık &amp; Çağrı &lt;Tekstil&gt;" in page
    assert "<Tekstil>" not in page


def test_turkish_letters_keep_their_dots(make, today):
    body = type_examples.example("EARSIVFATURA", "SATIS")
    body["buyer"] |= {"first_name": "İlkay", "family_name": "IŞIKLI", "city": "İSTANBUL", "district": "Şişli"}
    xml = make("EARSIVFATURA", "SATIS", body)
    assert check(xml, kind=DocumentKind.EARSIV, today=today) == []
    buyer = parse(xml).customer
    assert (buyer.first_name, buyer.family_name, buyer.city) == ("İlkay", "IŞIKLI", "İSTANBUL")
    for letters in ("İlkay", "IŞIKLI", "İSTANBUL"):
        assert letters in html(xml).decode()


def test_units_are_known_in_turkish_capitals_too():
    assert codes.unit_code("KİLO") == codes.unit_code("kilo") == codes.unit_code("KILO".lower()) == "KGM"
    assert codes.unit_code("ADET") == "C62"
    assert codes.unit_code("GÜN") == "DAY"
    assert codes.unit_code("TAKIM") == codes.unit_code("takım") == "SET"


def test_five_hundred_lines_of_every_rate_add_up(make, today):
    line = type_examples.example("TEMELFATURA", "SATIS")["lines"][0]
    lines = [
        line | {"name": f"Mal {n}", "unit_price": f"{n % 97}.{n % 100:02d}", "kdv_rate": ("20", "10", "1")[n % 3]}
        for n in range(1, 501)
    ]
    xml = make("TEMELFATURA", "SATIS", lines=lines)
    assert check(xml, kind=DocumentKind.EFATURA, today=today) == []
    assert parse(xml).line_count == 500
    assert b"Mal 500" in html(xml)
