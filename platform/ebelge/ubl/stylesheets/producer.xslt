<?xml version="1.0" encoding="UTF-8"?>
<!-- e-Müstahsil Makbuzu. No script, nothing from outside. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:cn="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="cn cac cbc">
  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
  <xsl:include href="common.xslt"/>

  <xsl:template match="/"><xsl:apply-templates select="cn:CreditNote"/></xsl:template>

  <xsl:template match="cn:CreditNote">
    <xsl:call-template name="page"><xsl:with-param name="heading">e-Müstahsil Makbuzu</xsl:with-param></xsl:call-template>
  </xsl:template>

  <xsl:template match="cn:CreditNote" mode="to">Müstahsil</xsl:template>

  <xsl:template match="cn:CreditNote" mode="facts">
    <xsl:call-template name="dates"/>
    <xsl:if test="cac:Delivery/cbc:ActualDeliveryDate"><tr><th>Teslim</th><td><xsl:call-template name="day"><xsl:with-param name="of" select="cac:Delivery/cbc:ActualDeliveryDate"/></xsl:call-template></td></tr></xsl:if>
    <xsl:call-template name="fact"><xsl:with-param name="name">Senaryo</xsl:with-param><xsl:with-param name="value" select="cbc:ProfileID"/></xsl:call-template>
    <xsl:call-template name="fact"><xsl:with-param name="name">Tip</xsl:with-param><xsl:with-param name="value" select="cbc:CreditNoteTypeCode"/></xsl:call-template>
  </xsl:template>

  <xsl:template match="cn:CreditNote" mode="body">
    <table class="lines">
      <thead><tr><th>#</th><th class="t">Ürün</th><th>Miktar</th><th>Birim fiyat</th><th>Tutar</th></tr></thead>
      <tbody>
        <xsl:for-each select="cac:CreditNoteLine">
          <tr>
            <td><xsl:value-of select="cbc:ID"/></td>
            <td class="t"><xsl:apply-templates select="cac:Item"/></td>
            <td data-n="Miktar"><xsl:for-each select="cbc:CreditedQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
            <td data-n="Birim fiyat"><xsl:for-each select="cac:Price/cbc:PriceAmount"><xsl:call-template name="money"/></xsl:for-each></td>
            <td data-n="Tutar"><xsl:for-each select="cbc:LineExtensionAmount"><xsl:call-template name="money"/></xsl:for-each></td>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
    <section class="sums">
      <div class="side"/>
      <table class="totals">
        <xsl:call-template name="total"><xsl:with-param name="name">Brüt tutar</xsl:with-param><xsl:with-param name="of" select="cac:LegalMonetaryTotal/cbc:LineExtensionAmount"/></xsl:call-template>
        <xsl:for-each select="cac:TaxTotal/cac:TaxSubtotal[cbc:TaxAmount!=0]">
          <xsl:call-template name="total"><xsl:with-param name="name" select="concat('− ',cac:TaxCategory/cac:TaxScheme/cbc:Name,' (%',format-number(cbc:Percent,'0,###','tr'),')')"/><xsl:with-param name="of" select="cbc:TaxAmount"/></xsl:call-template>
        </xsl:for-each>
        <xsl:call-template name="total"><xsl:with-param name="name">Kesintiler toplamı</xsl:with-param><xsl:with-param name="of" select="cac:TaxTotal/cbc:TaxAmount"/></xsl:call-template>
        <tr class="due"><th>Ödenecek tutar</th><td><xsl:for-each select="cac:LegalMonetaryTotal/cbc:PayableAmount"><xsl:call-template name="money"/></xsl:for-each></td></tr>
      </table>
    </section>
    <section class="sign"><p>Müstahsil</p><p>Makbuzu düzenleyen</p></section>
  </xsl:template>
</xsl:stylesheet>
