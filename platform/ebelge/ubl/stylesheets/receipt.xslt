<?xml version="1.0" encoding="UTF-8"?>
<!-- İrsaliye yanıtı. No script, nothing from outside. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:recp="urn:oasis:names:specification:ubl:schema:xsd:ReceiptAdvice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="recp cac cbc">
  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
  <xsl:include href="common.xslt"/>

  <xsl:template match="/"><xsl:apply-templates select="recp:ReceiptAdvice"/></xsl:template>

  <xsl:template match="recp:ReceiptAdvice">
    <xsl:call-template name="page"><xsl:with-param name="heading">e-İrsaliye Yanıtı</xsl:with-param></xsl:call-template>
  </xsl:template>

  <xsl:template match="recp:ReceiptAdvice" mode="to">Teslim alan, yanıtı veren</xsl:template>

  <xsl:template match="recp:ReceiptAdvice" mode="facts">
    <xsl:call-template name="dates"/>
    <xsl:call-template name="fact"><xsl:with-param name="name">Senaryo</xsl:with-param><xsl:with-param name="value" select="cbc:ProfileID"/></xsl:call-template>
    <xsl:for-each select="cac:AdditionalDocumentReference[cbc:DocumentTypeCode='DespatchAdviceID']"><xsl:call-template name="reference"><xsl:with-param name="name">İrsaliye</xsl:with-param></xsl:call-template></xsl:for-each>
    <xsl:for-each select="cac:Shipment/cac:Delivery/cbc:ActualDeliveryDate">
      <tr><th>Teslim</th><td><xsl:call-template name="day"><xsl:with-param name="of" select="."/></xsl:call-template></td></tr>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="recp:ReceiptAdvice" mode="body">
    <table class="lines">
      <thead><tr><th>#</th><th class="t">Mal</th><th>Alınan</th><th>Eksik</th><th>Reddedilen</th><th>Fazla</th></tr></thead>
      <tbody>
        <xsl:for-each select="cac:ReceiptLine">
          <tr>
            <td><xsl:value-of select="cbc:ID"/></td>
            <td class="t"><xsl:apply-templates select="cac:Item"/><xsl:for-each select="cbc:RejectReason[normalize-space()]|cbc:TimingComplaint[normalize-space()]"><br/><small><xsl:value-of select="."/></small></xsl:for-each></td>
            <td data-n="Alınan"><xsl:for-each select="cbc:ReceivedQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
            <td data-n="Eksik"><xsl:for-each select="cbc:ShortQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
            <td data-n="Reddedilen"><xsl:for-each select="cbc:RejectedQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
            <td data-n="Fazla"><xsl:for-each select="cbc:OversupplyQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
  </xsl:template>
</xsl:stylesheet>
