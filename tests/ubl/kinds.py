"""The kinds whose XML is UBL; e-SMM in GİB's own form has tests of its own (tests/earsiv)."""

from ebelge.ubl.types import DocumentKind

UBL_KINDS = [kind for kind in DocumentKind if kind is not DocumentKind.ESMM]
