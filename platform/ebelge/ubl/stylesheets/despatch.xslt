<?xml version="1.0" encoding="UTF-8"?>
<!-- e-İrsaliye. No script, nothing from outside. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:desp="urn:oasis:names:specification:ubl:schema:xsd:DespatchAdvice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="desp cac cbc">
  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
  <xsl:include href="common.xslt"/>

  <xsl:template match="/"><xsl:apply-templates select="desp:DespatchAdvice"/></xsl:template>

  <xsl:template match="desp:DespatchAdvice">
    <xsl:call-template name="page"><xsl:with-param name="heading">e-İrsaliye</xsl:with-param></xsl:call-template>
  </xsl:template>

  <xsl:template match="desp:DespatchAdvice" mode="to">Teslim alan</xsl:template>

  <xsl:template match="desp:DespatchAdvice" mode="facts">
    <xsl:call-template name="dates"/>
    <xsl:for-each select="cac:Shipment/cac:Delivery/cac:Despatch">
      <tr><th>Fiili sevk</th><td><xsl:call-template name="day"><xsl:with-param name="of" select="cbc:ActualDespatchDate"/></xsl:call-template>&#160;<xsl:value-of select="substring(cbc:ActualDespatchTime,1,5)"/></td></tr>
    </xsl:for-each>
    <xsl:call-template name="fact"><xsl:with-param name="name">Senaryo</xsl:with-param><xsl:with-param name="value" select="cbc:ProfileID"/></xsl:call-template>
    <xsl:call-template name="fact"><xsl:with-param name="name">Tip</xsl:with-param><xsl:with-param name="value" select="cbc:DespatchAdviceTypeCode"/></xsl:call-template>
    <xsl:for-each select="cac:OrderReference"><xsl:call-template name="reference"><xsl:with-param name="name">Sipariş</xsl:with-param></xsl:call-template></xsl:for-each>
    <xsl:for-each select="cac:AdditionalDocumentReference[cbc:DocumentType='MATBU']"><xsl:call-template name="reference"><xsl:with-param name="name">Matbu irsaliye</xsl:with-param></xsl:call-template></xsl:for-each>
  </xsl:template>

  <xsl:template match="desp:DespatchAdvice" mode="body">
    <section class="boxes">
      <div>
        <h2>Teslim adresi</h2>
        <p><xsl:apply-templates select="cac:Shipment/cac:Delivery/cac:DeliveryAddress"/></p>
      </div>
      <div>
        <h2>Taşıma</h2>
        <xsl:for-each select="cac:Shipment/cac:ShipmentStage">
          <xsl:for-each select="cac:TransportMeans/cac:RoadTransport/cbc:LicensePlateID"><p>Plaka <b><xsl:value-of select="."/></b></p></xsl:for-each>
          <xsl:for-each select="cac:DriverPerson"><p>Şoför <b><xsl:value-of select="concat(cbc:FirstName,' ',cbc:FamilyName)"/></b>, TCKN <xsl:value-of select="cbc:NationalityID"/></p></xsl:for-each>
        </xsl:for-each>
        <xsl:for-each select="cac:Shipment/cac:TransportHandlingUnit/cac:TransportEquipment/cbc:ID"><p>Dorse <b><xsl:value-of select="."/></b></p></xsl:for-each>
      </div>
      <xsl:if test="cac:Shipment/cac:Delivery/cac:CarrierParty"><div><h2>Taşıyıcı</h2><xsl:apply-templates select="cac:Shipment/cac:Delivery/cac:CarrierParty"/></div></xsl:if>
    </section>
    <table class="lines">
      <thead><tr><th>#</th><th class="t">Mal</th><th>Miktar</th></tr></thead>
      <tbody>
        <xsl:for-each select="cac:DespatchLine">
          <tr>
            <td><xsl:value-of select="cbc:ID"/></td>
            <td class="t"><xsl:apply-templates select="cac:Item"/></td>
            <td data-n="Miktar"><xsl:for-each select="cbc:DeliveredQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
    <section class="sign"><p>Teslim eden</p><p>Teslim alan</p></section>
  </xsl:template>
</xsl:stylesheet>
