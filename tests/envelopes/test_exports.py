"""Exports: addressed to customs, and only one of them in an envelope, as GİB's rules have it."""

from ebelge.ubl import type_examples


def test_each_export_has_an_envelope_of_its_own(world):
    drafts = [type_examples.example(profile, "ISTISNA") for profile in ("IHRACAT", "IHRACAT", "YOLCUBERABERFATURA")]
    world.submit(*drafts)
    world.settle()
    assert world.states() == {"delivered": 3}
    assert [len(one["documents"]) for one in world.gib.envelopes()] == [1, 1, 1]
