"""The API says which fields a type needs, and its example goes through the real check as it stands."""

from __future__ import annotations

import copy

import pytest


@pytest.fixture
def sandbox(caller):
    return caller("akin", sandbox=True)


def test_every_example_passes_the_real_check(sandbox):
    items = sandbox.get("/api/v1/document-types").get_json()["items"]
    assert len(items) == len({(item["profile"], item["type_code"]) for item in items}) > 80
    for item in items:
        answer = sandbox.get(item["url"]).get_json()
        checked = sandbox.post("/api/v1/documents/check", json=answer["example"])
        assert checked.status_code == 200, (item, checked.get_json())
        assert (checked.get_json()["kind"], checked.get_json()["warnings"]) == (item["kind"], []), item


def test_a_type_says_in_both_languages_what_it_needs(sandbox):
    turkish, english = (
        sandbox.get("/api/v1/document-types/IHRACAT/ISTISNA", headers={"Accept-Language": language}).get_json()
        for language in ("tr", "en")
    )
    paths = [field["path"] for field in english["needs"]]
    assert {"foreign_buyer", "delivery.terms", "lines[].gtip", "lines[].exemption_code"} <= set(paths)
    assert paths == [field["path"] for field in turkish["needs"]]
    assert (turkish["profile_title"], english["type_title"]) == ("İhracat", "Exempt sale")
    terms = next(field for field in english["needs"] if field["path"] == "delivery.terms")
    assert "CIF" in terms["values"]


def test_export_goes_to_the_customs_mailbox_of_its_profile(sandbox):
    boxes = {}
    for profile in ("IHRACAT", "YOLCUBERABERFATURA", "OZELFATURA"):
        example = sandbox.get(f"/api/v1/document-types/{profile}/ISTISNA").get_json()["example"]
        assert "buyer" not in example
        boxes[profile] = sandbox.post("/api/v1/documents/check", json=example).get_json()["buyer"]["alias"]
    assert boxes == {
        "IHRACAT": "urn:mail:ihracatpk@gtb.gov.tr",
        "YOLCUBERABERFATURA": "urn:mail:yolcuberaberpk@gtb.gov.tr",
        "OZELFATURA": "urn:mail:ihracatpk@gtb.gov.tr",
    }


def test_what_is_missing_is_refused_at_its_field(sandbox):
    example = sandbox.get("/api/v1/document-types/HKS/HKSSATIS").get_json()["example"]
    broken = copy.deepcopy(example)
    del broken["lines"][1]["identifiers"]
    refused = sandbox.post("/api/v1/documents/check", json=broken)
    assert refused.status_code == 422
    assert [(found["rule"], found["path"]) for found in refused.get_json()["findings"]] == [
        ("EB-TYPE-NEEDS", "lines[1].identifiers")
    ]


def test_a_type_without_a_profile_gets_one_that_takes_it(sandbox):
    example = sandbox.get("/api/v1/document-types/ENERJI/SARJ").get_json()["example"]
    del example["profile"]
    sent = sandbox.post("/api/v1/documents", json=example).get_json()
    assert (sent["profile"], sent["type_code"]) == ("ENERJI", "SARJ")


@pytest.mark.parametrize("path", ["HERHANGI/SATIS", "TICARIFATURA/IADE", "TEMELFATURA/x"])
def test_what_does_not_exist_is_404(sandbox, path):
    assert sandbox.get(f"/api/v1/document-types/{path}").status_code == 404
