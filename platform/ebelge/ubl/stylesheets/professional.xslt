<?xml version="1.0" encoding="UTF-8"?>
<!-- e-Serbest Meslek Makbuzu in GİB's own form. No script, nothing from outside. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:e="http://earsiv.efatura.gov.tr"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="e cac cbc">
  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
  <xsl:include href="common.xslt"/>

  <xsl:template match="/"><xsl:apply-templates select="e:eArsivVeri/e:serbestMeslekMakbuz"/></xsl:template>

  <xsl:template match="e:serbestMeslekMakbuz">
    <html lang="tr">
      <head>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>e-Serbest Meslek Makbuzu&#160;<xsl:value-of select="e:makbuzNo"/></title>
        <xsl:call-template name="style"/>
      </head>
      <body>
        <main>
          <header>
            <section class="from"><p>Makbuzu düzenleyen</p><p><b>VKN/TCKN&#160;<xsl:value-of select="../e:baslik/e:mukellef/*"/></b></p></section>
            <section class="title">
              <p>T.C. Hazine ve Maliye Bakanlığı<br/>Gelir İdaresi Başkanlığı</p>
              <h1>e-Serbest Meslek Makbuzu</h1>
              <strong><xsl:value-of select="e:makbuzNo"/></strong>
            </section>
            <section class="right"><div id="qrcode"/><table class="facts">
              <tr><th>Düzenleme</th><td><xsl:call-template name="day"><xsl:with-param name="of" select="e:belgeTarihi"/></xsl:call-template>&#160;<xsl:value-of select="substring(e:belgeZamani,1,5)"/></td></tr>
              <xsl:call-template name="fact"><xsl:with-param name="name">Gönderim</xsl:with-param><xsl:with-param name="value" select="e:gonderimSekli"/></xsl:call-template>
              <xsl:call-template name="fact"><xsl:with-param name="name">Kur</xsl:with-param><xsl:with-param name="value" select="e:kur"/></xsl:call-template>
            </table></section>
          </header>
          <section class="to">
            <h2>Sayın</h2>
            <p><b><xsl:value-of select="e:aliciBilgileri/*/e:unvan|e:aliciBilgileri/*/e:adiSoyadi"/></b></p>
            <p>VKN/TCKN&#160;<xsl:value-of select="e:aliciBilgileri/*/e:vkn|e:aliciBilgileri/*/e:tckn"/></p>
            <p><xsl:for-each select="e:aliciBilgileri/e:adres/*[.!='-']"><xsl:value-of select="."/><xsl:text> </xsl:text></xsl:for-each></p>
          </section>
          <table class="lines">
            <thead><tr><th class="t">Hizmet</th><th>KDV</th><th>KDV tutarı</th><th>Brüt ücret</th></tr></thead>
            <tbody><xsl:for-each select="e:malHizmetBilgisi/e:malHizmet"><tr>
              <td class="t"><b><xsl:value-of select="e:ad"/></b></td>
              <td data-n="KDV">%<xsl:value-of select="translate(e:vergiBilgisi/e:vergi/e:vergiOrani,'.',',')"/></td>
              <td data-n="KDV tutarı"><xsl:for-each select="e:vergiBilgisi/e:vergilerToplami"><xsl:call-template name="money"/></xsl:for-each></td>
              <td data-n="Brüt ücret"><xsl:for-each select="e:burutUcret"><xsl:call-template name="money"/></xsl:for-each></td>
            </tr></xsl:for-each></tbody>
          </table>
          <section class="sums">
            <div class="side"/>
            <table class="totals">
              <xsl:call-template name="total"><xsl:with-param name="name">Brüt ücret</xsl:with-param><xsl:with-param name="of" select="e:toplamTutar"/></xsl:call-template>
              <xsl:for-each select="e:vergiBilgisi/e:vergi[e:vergiKodu='0003']"><xsl:call-template name="total"><xsl:with-param name="name" select="concat('− GV stopajı (%',translate(e:vergiOrani,'.',','),')')"/><xsl:with-param name="of" select="e:vergiTutari"/></xsl:call-template></xsl:for-each>
              <xsl:for-each select="e:vergiBilgisi/e:vergi[e:vergiKodu='0015']"><xsl:call-template name="total"><xsl:with-param name="name" select="concat('KDV (%',translate(e:vergiOrani,'.',','),')')"/><xsl:with-param name="of" select="e:vergiTutari"/></xsl:call-template></xsl:for-each>
              <xsl:for-each select="e:vergiBilgisi/e:tevkifat"><xsl:call-template name="total"><xsl:with-param name="name" select="concat('− KDV tevkifatı (',e:tevkifatKodu,', %',translate(e:tevkifatOrani,'.',','),')')"/><xsl:with-param name="of" select="e:tevkifatTutari"/></xsl:call-template></xsl:for-each>
              <tr class="due"><th>Tahsil edilen</th><td><xsl:for-each select="e:odenecekTutar"><xsl:call-template name="money"/></xsl:for-each>&#160;<xsl:choose><xsl:when test="e:paraBirimi='TRY'">TL</xsl:when><xsl:otherwise><xsl:value-of select="e:paraBirimi"/></xsl:otherwise></xsl:choose></td></tr>
            </table>
          </section>
          <footer>ETTN&#160;<code><xsl:value-of select="e:ETTN"/></code></footer>
        </main>
      </body>
    </html>
  </xsl:template>
</xsl:stylesheet>
