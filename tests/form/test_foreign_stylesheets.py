"""Stylesheets of strangers: shown when they behave, refused or replaced by ours within seconds when they do not."""

import os
import socket
import time
from contextlib import suppress

import pytest

from ebelge.paper import pages, stylesheet_check, xslt_helper
from ebelge.paper.errors import DesignRefused, Failed
from ebelge.paper.helpers import Helpers, helpers
from ebelge.ubl.types import DocumentKind

REFUSED = {
    "document()": ("<xsl:copy-of select=\"document('/etc/passwd')\"/>", "", "document()"),
    "document() in braces": ("<p id=\"{document('http://127.0.0.1/')}\">x</p>", "", "document()"),
    "document() spaced out": ('<xsl:value-of select="document  (&quot;x&quot;)"/>', "", "document()"),
    "unparsed-text()": ("<xsl:value-of select=\"unparsed-text('/etc/passwd')\"/>", "", "unparsed-text()"),
    "xsl:import": ("x", '<xsl:import href="http://127.0.0.1/x.xsl"/>', "xsl:import"),
    "xsl:include": ("x", '<xsl:include href="file:///etc/x.xsl"/>', "xsl:include"),
    "xsl:document": ('<xsl:document href="/tmp/x">x</xsl:document>', "", "xsl:document"),
    "exsl:document": ('<exsl:document href="/tmp/x">x</exsl:document>', "", "(document)"),
    "saxon:output": ('<saxon:output href="/tmp/x">x</saxon:output>', "", "(output)"),
    "func:function": ("x", '<func:function name="str:f"><func:result select="1"/></func:function>', "(function)"),
    "dyn:evaluate": ("<xsl:value-of select=\"dyn:evaluate('1')\"/>", "", "dyn:evaluate()"),
    "saxon:evaluate": ("<xsl:value-of select=\"saxon:evaluate('1')\"/>", "", "saxon:evaluate()"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_reaches_beyond_its_file_is_refused_with_its_line(sheet, name):
    body, more, word = REFUSED[name]
    with pytest.raises(DesignRefused) as refused:
        stylesheet_check.check(sheet(body, more=more))
    said = refused.value.problem("en")
    assert word in said["detail"], said
    assert said["line"] == (3 if more else 5)


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">'
    '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    "stylesheet",
    [
        b"",
        b"no XML",
        b"<a/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<a/>".encode("utf-16"),
        b"\x00" * 10,
        b"<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>" + b"<a>" * 400 + b"</a>" * 400,
        b"<xsl:stylesheet xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>" + b"<a/>" * 30_000 + b"</xsl:stylesheet>",
        b" " * (stylesheet_check.BYTES_MAX + 1),
    ],
)
def test_what_is_no_stylesheet_is_refused(stylesheet):
    with pytest.raises(DesignRefused):
        stylesheet_check.check(stylesheet)


def test_entities_are_refused_before_they_are_read(sheet):
    with pytest.raises(DesignRefused, match="DTD"):
        stylesheet_check.check(sheet("&c;&f;", before=ENTITIES))
    with pytest.raises(DesignRefused, match="DTD"):
        stylesheet_check.check(sheet("x", before="<!-- <!DOCTYPE -->\n<!doctype x>"))
    stylesheet_check.check(sheet("<!-- <!DOCTYPE html> --><p><![CDATA[<!DOCTYPE html>]]></p>"))


def test_harmless_functions_and_prefixes_of_documents_pass(sheet):
    stylesheet_check.check(sheet("<xsl:value-of select=\"count(exsl:node-set(//cbc:ID)) + str:tokenize('a b')\"/>"))
    stylesheet_check.check(sheet("<p title=\"document(x)\">document('x')</p>"))


def test_a_design_of_ones_own_is_shown_clean(document, sheet, owner):
    body = (
        '<h1 onclick="evil()">No <xsl:value-of select="//cbc:ID"/></h1><script>evil()</script><div id="qrcode"/>'
        '<meta http-equiv="refresh" content="0;url=http://evil.example"/><img src="http://evil.example/x.png"/>'
        '<a href="javascript:evil()">bağ</a><iframe src="http://evil.example"/><form action="/x"><input/></form>'
        '<p style="background:url(//evil/a)">İğne</p><style>@import "http://evil.example";p{color:red}</style>'
        '<img src="data:image/png;base64,AAAA" onerror="evil()"/><object data="x"/><link rel="stylesheet" href="//e"/>'
        '<base href="http://evil.example"/><p style="x:\\75 rl(http://evil.example)">y</p><b><blink>son</blink></b>'
        '<p data-n="Miktar" data-x="evil">4</p>'
    )
    page = pages.shown(document(), stylesheet=sheet(body), owner=owner, test=True)
    text = page.html.decode()
    assert page.fell_back == ""
    assert "No AKN2026000000001" in text
    assert "İğne" in text
    assert "<b>son</b>" in text
    assert "color:red" in text
    assert '<p data-n="Miktar">4</p>' in text
    assert 'src="data:image/png' in text
    assert 'alt="Karekod"' in text
    assert "SINAMA BELGESİDİR" in text
    assert "default-src 'none'" in text
    for word in (
        "evil",
        "script",
        "onclick",
        "onerror",
        "refresh",
        "iframe",
        "form",
        "href",
        "object",
        "blink",
        "@import",
    ):
        assert word not in text.lower(), word


def test_the_authoritys_own_stylesheets_run_with_our_code(shared_dir, document, owner):
    folder = shared_dir / "gib" / "xslt"
    page = pages.shown(document(), stylesheet=(folder / "general.xslt").read_bytes(), owner=owner)
    text = page.html.decode()
    assert page.fell_back == ""
    assert "Kompresör" in text
    assert "<script" not in text
    assert '<div id="qrcode"><img src="data:image/svg+xml;base64,' in text
    despatch = (folder / "irsaliye.xslt").read_bytes()
    assert b"Karekod" in pages.applied(document(DocumentKind.EIRSALIYE), stylesheet=despatch, owner=owner)


AGAIN = (
    '<xsl:call-template name="x"><xsl:with-param name="n" select="$n - 1"/></xsl:call-template>'  # twice: 2^60 calls
)
LOOP = f'<xsl:template name="x"><xsl:param name="n"/><xsl:if test="$n&gt;0">{AGAIN}{AGAIN}</xsl:if></xsl:template>'
CALL = '<xsl:call-template name="x"><xsl:with-param name="n" select="60"/></xsl:call-template>'
ENDLESS = '<xsl:template name="x"><xsl:call-template name="x"/></xsl:template>'


def test_a_design_that_never_ends_is_replaced_by_ours_and_not_tried_again_soon(document, sheet, owner):
    bomb, began = sheet(CALL, more=LOOP), time.monotonic()
    page = pages.shown(document(), stylesheet=bomb, owner=owner)
    assert page.fell_back == "time"
    assert "e-Arşiv Fatura" in page.html.decode()
    assert time.monotonic() - began < pages.WALL_S + 5
    began = time.monotonic()
    assert pages.shown(document(), stylesheet=bomb, owner=owner).fell_back == "time"
    assert time.monotonic() - began < 1


def test_a_helper_that_does_not_answer_is_killed(document, sheet):
    ours = Helpers()
    try:
        with pytest.raises(Failed) as failed:
            ours.apply("x", sheet(CALL, more=LOOP), [document(), b""], wall_s=0.7, bytes_max=1000)
        assert failed.value.reason == "time"
        assert ours.apply("y", sheet("<p>iyi</p>"), [document(), b""], wall_s=20, bytes_max=9000)
    finally:
        ours.close()


BOMBS = {
    "endless recursion": ('<xsl:call-template name="x"/>', ENDLESS, ("message", "memory")),
    "a gigabyte of output": (
        "".join('<xsl:for-each select="$t/*">' for _ in range(9)) + "0123456789" * 20 + "</xsl:for-each>" * 9,
        '<xsl:variable name="r">' + "<a/>" * 20 + '</xsl:variable><xsl:variable name="t" select="exsl:node-set($r)"/>',
        ("memory", "output", "message", "time"),
    ),
    "a text that doubles": (
        '<xsl:call-template name="x"><xsl:with-param name="s" select="\'0123456789\'"/></xsl:call-template>',
        (
            '<xsl:template name="x"><xsl:param name="s"/><xsl:call-template name="x"><xsl:with-param name="s" '
            'select="concat($s,$s)"/></xsl:call-template></xsl:template>'
        ),
        ("memory", "message"),
    ),
    "xsl:message": ('<xsl:message terminate="yes">bitti</xsl:message>', "", ("message",)),
    "broken XPath": ('<xsl:value-of select="///["/>', "", ("message",)),
    "no such template": ('<xsl:call-template name="none"/>', "", ("message",)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_seconds_and_the_next_document_is_shown(document, sheet, owner, name):
    body, more, reasons = BOMBS[name]
    began = time.monotonic()
    with pytest.raises(DesignRefused) as refused:
        pages.tried(sheet(body, more=more), example=document(), owner=owner)
    assert refused.value.extra.get("reason") in reasons, refused.value
    assert time.monotonic() - began < pages.WALL_S + 5
    assert b"<p>iyi</p>" in pages.applied(document(), stylesheet=sheet("<p>iyi</p>"), owner=owner)


def test_a_design_that_shows_nothing_is_refused(document, owner, sheet):
    empty = (
        sheet("x")
        .replace(b'match="/"', b'match="/nothing"')
        .replace(b"<xsl:output", b'<xsl:template match="text()"/><xsl:output')
    )
    with pytest.raises(DesignRefused, match="empty page"):
        pages.tried(empty, example=document(), owner=owner)


def test_in_a_helper_no_file_and_no_socket_can_be_opened(document, tmp_path, monkeypatch, sheet):
    """Even a stylesheet that the check would let through by mistake."""
    secret = tmp_path / "secret.xml"
    secret.write_text("<a>gizli</a>")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    port = listener.getsockname()[1]
    body = (
        f"<p>ileri</p><xsl:copy-of select=\"document('{secret.as_uri()}')\"/>"
        f"<xsl:copy-of select=\"document('http://127.0.0.1:{port}/')\"/>"
        f'<exsl:document href="{tmp_path}/written">x</exsl:document>'
    )
    asking = sheet(body).replace(b"<xsl:stylesheet ", b'<xsl:stylesheet extension-element-prefixes="exsl" ')
    text = ""
    with suppress(Failed):
        text = helpers().apply("x", asking, [document(), b""], wall_s=20, bytes_max=100_000).decode()
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()
    assert "gizli" not in text
    assert not (tmp_path / "written").exists()


def test_the_kernel_keeps_files_and_memory_from_a_helper(sheet, document):
    ours = Helpers()
    try:
        ours.apply("x", sheet("<p>iyi</p>"), [document(), b""], wall_s=20, bytes_max=9000)
        pid = ours._helpers["x"]._pid
        with open(f"/proc/{pid}/limits") as lines:
            told = {line[:25].strip(): line[25:].split()[0] for line in lines}
        with open(f"/proc/{pid}/environ") as environment:
            names = {entry.partition("=")[0] for entry in environment.read().split("\0")}
    finally:
        ours.close()
    assert told["Max open files"] == told["Max file size"] == told["Max core file size"] == "0"
    assert int(told["Max address space"]) < 2**30
    assert int(told["Max cpu time"]) <= xslt_helper.CPU_S + 3
    assert not {name for name in names if "KEY" in name or "URL" in name or "PIN" in name}


def test_two_tenants_with_one_stylesheet_have_a_helper_each(document, sheet, owner):
    ours, same = Helpers(), sheet("<p>aynı</p>")
    try:
        for key in ("a", "b", "c", "d", "e", "a"):
            ours.apply(key, same, [document(), b""], wall_s=20, bytes_max=9000)
        assert list(ours._helpers) == ["c", "d", "e", "a"]
        nursery = ours._nursery._process.pid
        os.kill(nursery, 9)
        assert ours.apply("f", same, [document(), b""], wall_s=20, bytes_max=9000)
    finally:
        ours.close()
