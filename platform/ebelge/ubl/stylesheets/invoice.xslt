<?xml version="1.0" encoding="UTF-8"?>
<!-- e-Fatura and e-Arşiv Fatura. No script, nothing from outside. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:inv="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="inv cac cbc">
  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>
  <xsl:include href="common.xslt"/>

  <xsl:template match="/"><xsl:apply-templates select="inv:Invoice"/></xsl:template>

  <xsl:template match="inv:Invoice">
    <xsl:call-template name="page">
      <xsl:with-param name="heading"><xsl:choose><xsl:when test="cbc:ProfileID='EARSIVFATURA'">e-Arşiv Fatura</xsl:when><xsl:otherwise>e-Fatura</xsl:otherwise></xsl:choose></xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="inv:Invoice" mode="to">Sayın</xsl:template>

  <xsl:template match="inv:Invoice" mode="facts">
    <xsl:call-template name="dates"/>
    <xsl:call-template name="fact"><xsl:with-param name="name">Senaryo</xsl:with-param><xsl:with-param name="value" select="cbc:ProfileID"/></xsl:call-template>
    <xsl:call-template name="fact"><xsl:with-param name="name">Tip</xsl:with-param><xsl:with-param name="value" select="cbc:InvoiceTypeCode"/></xsl:call-template>
    <xsl:for-each select="cac:OrderReference"><xsl:call-template name="reference"><xsl:with-param name="name">Sipariş</xsl:with-param></xsl:call-template></xsl:for-each>
    <xsl:for-each select="cac:DespatchDocumentReference"><xsl:call-template name="reference"><xsl:with-param name="name">İrsaliye</xsl:with-param></xsl:call-template></xsl:for-each>
    <xsl:for-each select="cac:BillingReference/cac:InvoiceDocumentReference"><xsl:call-template name="reference"><xsl:with-param name="name">İade edilen</xsl:with-param></xsl:call-template></xsl:for-each>
    <xsl:for-each select="cac:ContractDocumentReference"><xsl:call-template name="reference"><xsl:with-param name="name"><xsl:choose><xsl:when test="cbc:ID/@schemeID='YTBNO'">Teşvik belgesi</xsl:when><xsl:otherwise>Sözleşme</xsl:otherwise></xsl:choose></xsl:with-param></xsl:call-template></xsl:for-each>
    <xsl:for-each select="cac:InvoicePeriod"><tr><th>Dönem</th><td><xsl:for-each select="cbc:StartDate|cbc:EndDate"><xsl:if test="position()&gt;1"> – </xsl:if><xsl:call-template name="day"><xsl:with-param name="of" select="."/></xsl:call-template><xsl:if test="self::cbc:StartDate and ../cbc:StartTime">&#160;<xsl:value-of select="substring(../cbc:StartTime,1,5)"/></xsl:if><xsl:if test="self::cbc:EndDate and ../cbc:EndTime">&#160;<xsl:value-of select="substring(../cbc:EndTime,1,5)"/></xsl:if></xsl:for-each></td></tr></xsl:for-each>
    <xsl:call-template name="fact"><xsl:with-param name="name">Fatura türü</xsl:with-param><xsl:with-param name="value" select="cbc:AccountingCost"/></xsl:call-template>
    <xsl:if test="cac:PaymentMeans/cbc:PaymentDueDate"><tr><th>Son ödeme</th><td><xsl:call-template name="day"><xsl:with-param name="of" select="cac:PaymentMeans/cbc:PaymentDueDate"/></xsl:call-template></td></tr></xsl:if>
  </xsl:template>

  <xsl:template match="inv:Invoice" mode="body">
    <xsl:variable name="off" select="cac:InvoiceLine/cac:AllowanceCharge"/>
    <xsl:variable name="delivery" select="cac:Delivery[cac:DeliveryAddress|cac:DeliveryTerms]"/>
    <xsl:if test="cac:BuyerCustomerParty|cac:TaxRepresentativeParty|$delivery">
      <section class="boxes">
        <xsl:for-each select="cac:BuyerCustomerParty"><div><h2>Yurt dışındaki alıcı</h2><xsl:apply-templates select="cac:Party"/></div></xsl:for-each>
        <xsl:for-each select="cac:TaxRepresentativeParty"><div><h2>Aracı kurum</h2><xsl:apply-templates select="."/></div></xsl:for-each>
        <xsl:for-each select="$delivery"><div><h2>Teslimat</h2><p><xsl:apply-templates select="cac:DeliveryAddress"/></p><xsl:for-each select="cac:DeliveryTerms/cbc:ID[normalize-space()]"><p>Teslim şartı <b><xsl:value-of select="."/></b></p></xsl:for-each></div></xsl:for-each>
      </section>
    </xsl:if>
    <table class="lines">
      <thead><tr><th>#</th><th class="t">Mal / hizmet</th><th>Miktar</th><th>Birim fiyat</th><xsl:if test="$off"><th>İskonto</th></xsl:if><th>KDV</th><th>KDV tutarı</th><th>Tutar</th></tr></thead>
      <tbody>
        <xsl:for-each select="cac:InvoiceLine">
          <xsl:variable name="kdv" select="cac:TaxTotal/cac:TaxSubtotal[cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode='0015']"/>
          <tr>
            <td><xsl:value-of select="cbc:ID"/></td>
            <td class="t">
              <xsl:apply-templates select="cac:Item"/>
              <xsl:for-each select="cac:WithholdingTaxTotal/cac:TaxSubtotal"><br/><small>Tevkifat <xsl:value-of select="cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode"/><xsl:text> </xsl:text><xsl:value-of select="cac:TaxCategory/cac:TaxScheme/cbc:Name"/>, %<xsl:value-of select="cbc:Percent"/>: <xsl:call-template name="money"><xsl:with-param name="of" select="cbc:TaxAmount"/></xsl:call-template></small></xsl:for-each>
              <xsl:for-each select="cac:TaxTotal/cac:TaxSubtotal[cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode!='0015']"><br/><small><xsl:value-of select="cac:TaxCategory/cac:TaxScheme/cbc:Name"/><xsl:if test="cbc:Percent"> %<xsl:value-of select="format-number(cbc:Percent,'0,###','tr')"/></xsl:if>: <xsl:call-template name="money"><xsl:with-param name="of" select="cbc:TaxAmount"/></xsl:call-template></small></xsl:for-each>
            </td>
            <td data-n="Miktar"><xsl:for-each select="cbc:InvoicedQuantity"><xsl:call-template name="quantity"/></xsl:for-each></td>
            <td data-n="Birim fiyat"><xsl:for-each select="cac:Price/cbc:PriceAmount"><xsl:call-template name="money"/></xsl:for-each></td>
            <xsl:if test="$off"><td data-n="İskonto"><xsl:for-each select="cac:AllowanceCharge"><xsl:if test="position()&gt;1"><br/></xsl:if><xsl:if test="cbc:ChargeIndicator='true'">+</xsl:if><xsl:for-each select="cbc:Amount"><xsl:call-template name="money"/></xsl:for-each><xsl:if test="cbc:MultiplierFactorNumeric"><small> (%<xsl:value-of select="format-number(cbc:MultiplierFactorNumeric*100,'0,####','tr')"/>)</small></xsl:if></xsl:for-each></td></xsl:if>
            <td data-n="KDV"><xsl:if test="$kdv/cbc:Percent">%<xsl:value-of select="format-number($kdv/cbc:Percent,'0,##','tr')"/></xsl:if></td>
            <td data-n="KDV tutarı"><xsl:if test="$kdv"><xsl:call-template name="money"><xsl:with-param name="of" select="$kdv/cbc:TaxAmount"/></xsl:call-template></xsl:if></td>
            <td data-n="Tutar"><xsl:for-each select="cbc:LineExtensionAmount"><xsl:call-template name="money"/></xsl:for-each></td>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
    <section class="sums">
      <div class="side">
        <xsl:for-each select="cac:PaymentMeans">
          <xsl:if test="cac:PayeeFinancialAccount/cbc:ID"><p>IBAN <b><xsl:value-of select="cac:PayeeFinancialAccount/cbc:ID"/></b></p></xsl:if>
          <xsl:if test="cbc:InstructionNote"><p><xsl:value-of select="cbc:InstructionNote"/></p></xsl:if>
        </xsl:for-each>
        <xsl:for-each select="cac:PaymentTerms/cbc:Note"><p><xsl:value-of select="."/></p></xsl:for-each>
        <xsl:for-each select="cac:PricingExchangeRate"><p>Kur: 1 <xsl:value-of select="cbc:SourceCurrencyCode"/> = <b><xsl:value-of select="format-number(cbc:CalculationRate,'#.##0,00####','tr')"/>&#160;<xsl:value-of select="cbc:TargetCurrencyCode"/></b></p></xsl:for-each>
        <xsl:for-each select="cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory[cbc:TaxExemptionReasonCode]"><p>KDV istisnası <xsl:value-of select="cbc:TaxExemptionReasonCode"/>: <xsl:value-of select="cbc:TaxExemptionReason"/></p></xsl:for-each>
        <xsl:for-each select="cac:AllowanceCharge[cbc:AllowanceChargeReason]"><p><xsl:choose><xsl:when test="cbc:ChargeIndicator='true'">Artırım: </xsl:when><xsl:otherwise>İskonto: </xsl:otherwise></xsl:choose><xsl:value-of select="cbc:AllowanceChargeReason"/></p></xsl:for-each>
      </div>
      <table class="totals">
        <xsl:for-each select="cac:LegalMonetaryTotal">
          <xsl:call-template name="total"><xsl:with-param name="name">Mal / hizmet toplamı</xsl:with-param><xsl:with-param name="of" select="cbc:LineExtensionAmount"/></xsl:call-template>
          <xsl:call-template name="total"><xsl:with-param name="name">− Toplam iskonto</xsl:with-param><xsl:with-param name="of" select="cbc:AllowanceTotalAmount[.!=0]"/></xsl:call-template>
          <xsl:call-template name="total"><xsl:with-param name="name">Toplam artırım</xsl:with-param><xsl:with-param name="of" select="cbc:ChargeTotalAmount[.!=0]"/></xsl:call-template>
        </xsl:for-each>
        <xsl:for-each select="cac:TaxTotal/cac:TaxSubtotal">
          <xsl:variable name="tax"><xsl:choose><xsl:when test="cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode='0015'">KDV</xsl:when><xsl:otherwise><xsl:value-of select="cac:TaxCategory/cac:TaxScheme/cbc:Name"/></xsl:otherwise></xsl:choose></xsl:variable>
          <xsl:variable name="rate"><xsl:if test="cbc:Percent"> %<xsl:value-of select="format-number(cbc:Percent,'0,###','tr')"/></xsl:if></xsl:variable>
          <xsl:call-template name="total"><xsl:with-param name="name" select="concat($tax,$rate,' matrahı')"/><xsl:with-param name="of" select="cbc:TaxableAmount"/></xsl:call-template>
          <xsl:call-template name="total"><xsl:with-param name="name" select="concat('Hesaplanan ',$tax,$rate)"/><xsl:with-param name="of" select="cbc:TaxAmount"/></xsl:call-template>
        </xsl:for-each>
        <xsl:for-each select="cac:LegalMonetaryTotal">
          <xsl:call-template name="total"><xsl:with-param name="name">Vergiler dahil toplam</xsl:with-param><xsl:with-param name="of" select="cbc:TaxInclusiveAmount"/></xsl:call-template>
          <xsl:for-each select="../cac:WithholdingTaxTotal/cac:TaxSubtotal">
            <xsl:call-template name="total"><xsl:with-param name="name" select="concat('− KDV tevkifatı ',cac:TaxCategory/cac:TaxScheme/cbc:TaxTypeCode,' (%',cbc:Percent,')')"/><xsl:with-param name="of" select="cbc:TaxAmount"/></xsl:call-template>
        </xsl:for-each>
          <xsl:call-template name="total"><xsl:with-param name="name">Yuvarlama</xsl:with-param><xsl:with-param name="of" select="cbc:PayableRoundingAmount[.!=0]"/></xsl:call-template>
          <tr class="due"><th>Ödenecek tutar</th><td><xsl:for-each select="cbc:PayableAmount"><xsl:call-template name="money"/></xsl:for-each></td></tr>
        </xsl:for-each>
      </table>
    </section>
  </xsl:template>
</xsl:stylesheet>
