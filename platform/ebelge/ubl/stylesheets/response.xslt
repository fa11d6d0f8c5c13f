<?xml version="1.0" encoding="UTF-8"?>
<!-- Uygulama yanıtı. No script, nothing from outside. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:apr="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="apr cac cbc">
  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
  <xsl:include href="common.xslt"/>

  <xsl:template match="/"><xsl:apply-templates select="apr:ApplicationResponse"/></xsl:template>

  <xsl:template match="apr:ApplicationResponse">
    <xsl:call-template name="page"><xsl:with-param name="heading">Uygulama Yanıtı</xsl:with-param></xsl:call-template>
  </xsl:template>

  <xsl:template match="apr:ApplicationResponse" mode="to">Yanıtın gittiği taraf</xsl:template>

  <xsl:template match="apr:ApplicationResponse" mode="facts">
    <xsl:call-template name="dates"/>
    <xsl:call-template name="fact"><xsl:with-param name="name">Senaryo</xsl:with-param><xsl:with-param name="value" select="cbc:ProfileID"/></xsl:call-template>
    <xsl:for-each select="cac:DocumentResponse/cac:DocumentReference">
      <xsl:call-template name="fact"><xsl:with-param name="name">Fatura tarihi</xsl:with-param><xsl:with-param name="value"><xsl:call-template name="day"><xsl:with-param name="of" select="cbc:IssueDate"/></xsl:call-template></xsl:with-param></xsl:call-template>
      <xsl:call-template name="fact"><xsl:with-param name="name">Fatura</xsl:with-param><xsl:with-param name="value" select="cbc:DocumentDescription"/></xsl:call-template>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="apr:ApplicationResponse" mode="body">
    <xsl:for-each select="cac:DocumentResponse">
      <section class="boxes">
        <div>
          <h2>Yanıt</h2>
          <p><b><xsl:choose>
            <xsl:when test="cac:Response/cbc:ResponseCode='KABUL'">Fatura kabul edildi</xsl:when>
            <xsl:when test="cac:Response/cbc:ResponseCode='RED'">Fatura reddedildi</xsl:when>
            <xsl:when test="cac:Response/cbc:ResponseCode='IADE'">Fatura iade edildi</xsl:when>
            <xsl:otherwise><xsl:value-of select="cac:Response/cbc:ResponseCode"/></xsl:otherwise>
          </xsl:choose></b></p>
          <xsl:for-each select="cac:Response/cbc:Description[normalize-space()]|cac:LineResponse/cac:Response/cbc:Description[normalize-space()]"><p><xsl:value-of select="."/></p></xsl:for-each>
        </div>
        <div>
          <h2>Yanıtlanan fatura (ETTN)</h2>
          <p><xsl:value-of select="cac:DocumentReference/cbc:ID"/></p>
        </div>
      </section>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
