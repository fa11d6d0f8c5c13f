<?xml version="1.0" encoding="UTF-8"?>
<!-- Shared by the stylesheets of all kinds; put into each of them when it is loaded, because a document carries one file. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
  exclude-result-prefixes="cac cbc">

  <xsl:decimal-format name="tr" decimal-separator="," grouping-separator="." NaN=""/>

  <xsl:template name="page">
    <xsl:param name="heading"/>
    <html lang="tr">
      <head>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title><xsl:value-of select="$heading"/>&#160;<xsl:value-of select="cbc:ID"/></title>
        <xsl:call-template name="style"/>
      </head>
      <body>
        <main>
          <header>
            <section class="from"><xsl:apply-templates select="cac:AccountingSupplierParty/cac:Party|cac:DespatchSupplierParty/cac:Party|cac:SenderParty"/></section>
            <section class="title">
              <p>T.C. Hazine ve Maliye Bakanlığı<br/>Gelir İdaresi Başkanlığı</p>
              <h1><xsl:value-of select="$heading"/></h1>
              <strong><xsl:value-of select="cbc:ID"/></strong>
            </section>
            <section class="right"><div id="qrcode"/><table class="facts"><xsl:apply-templates select="." mode="facts"/></table></section>
          </header>
          <section class="to">
            <h2><xsl:apply-templates select="." mode="to"/></h2>
            <xsl:apply-templates select="cac:AccountingCustomerParty/cac:Party|cac:DeliveryCustomerParty/cac:Party|cac:ReceiverParty"/>
          </section>
          <xsl:apply-templates select="." mode="body"/>
          <xsl:if test="cbc:Note[normalize-space()]">
            <section class="notes"><h2>Notlar</h2><xsl:for-each select="cbc:Note[normalize-space()]"><p><xsl:value-of select="."/></p></xsl:for-each></section>
          </xsl:if>
          <footer>ETTN&#160;<code><xsl:value-of select="cbc:UUID"/></code></footer>
        </main>
      </body>
    </html>
  </xsl:template>

  <xsl:template name="fact">
    <xsl:param name="name"/>
    <xsl:param name="value"/>
    <xsl:if test="normalize-space($value)"><tr><th><xsl:value-of select="$name"/></th><td><xsl:value-of select="$value"/></td></tr></xsl:if>
  </xsl:template>

  <xsl:template name="day">
    <xsl:param name="of"/>
    <xsl:if test="$of"><xsl:value-of select="concat(substring($of,9,2),'.',substring($of,6,2),'.',substring($of,1,4))"/></xsl:if>
  </xsl:template>

  <xsl:template name="dates">
    <tr><th>Düzenleme</th><td><xsl:call-template name="day"><xsl:with-param name="of" select="cbc:IssueDate"/></xsl:call-template>&#160;<xsl:value-of select="substring(cbc:IssueTime,1,5)"/></td></tr>
  </xsl:template>

  <xsl:template name="reference">
    <xsl:param name="name"/>
    <tr><th><xsl:value-of select="$name"/></th><td><xsl:value-of select="cbc:ID"/><xsl:if test="cbc:IssueDate">, <xsl:call-template name="day"><xsl:with-param name="of" select="cbc:IssueDate"/></xsl:call-template></xsl:if></td></tr>
  </xsl:template>

  <xsl:template match="cac:Party|cac:CarrierParty|cac:TaxRepresentativeParty|cac:SenderParty|cac:ReceiverParty">
    <p class="name">
      <xsl:choose>
        <xsl:when test="normalize-space(cac:PartyName/cbc:Name)"><xsl:value-of select="cac:PartyName/cbc:Name"/></xsl:when>
        <xsl:when test="normalize-space(cac:PartyLegalEntity/cbc:RegistrationName)"><xsl:value-of select="cac:PartyLegalEntity/cbc:RegistrationName"/></xsl:when>
        <xsl:otherwise><xsl:value-of select="concat(cac:Person/cbc:FirstName,' ',cac:Person/cbc:FamilyName)"/></xsl:otherwise>
      </xsl:choose>
    </p>
    <p><xsl:apply-templates select="cac:PostalAddress"/></p>
    <p>
      <xsl:for-each select="cac:PartyIdentification/cbc:ID[normalize-space() and not(@schemeID='PARTYTYPE')]">
        <span><xsl:value-of select="concat(@schemeID,' ')"/><b><xsl:value-of select="."/></b></span>
      </xsl:for-each>
      <xsl:for-each select="cac:PartyLegalEntity/cbc:CompanyID[normalize-space()]"><span>Vergi no <b><xsl:value-of select="."/></b></span></xsl:for-each>
      <xsl:for-each select="cac:Person/cac:IdentityDocumentReference/cbc:ID[normalize-space()]"><span>Pasaport <b><xsl:value-of select="."/></b></span></xsl:for-each>
      <xsl:if test="normalize-space(cac:PartyTaxScheme/cac:TaxScheme/cbc:Name)"><span><xsl:value-of select="cac:PartyTaxScheme/cac:TaxScheme/cbc:Name"/> V.D.</span></xsl:if>
    </p>
    <p>
      <xsl:for-each select="cac:Contact/cbc:Telephone[normalize-space()]|cac:Contact/cbc:ElectronicMail[normalize-space()]|cbc:WebsiteURI[normalize-space()]">
        <span><xsl:value-of select="."/></span><xsl:text> </xsl:text>
      </xsl:for-each>
    </p>
  </xsl:template>

  <xsl:template match="cac:PostalAddress|cac:DeliveryAddress">
    <xsl:value-of select="cbc:StreetName"/>
    <xsl:if test="normalize-space(cbc:BuildingNumber)"> No: <xsl:value-of select="cbc:BuildingNumber"/></xsl:if>
    <xsl:if test="normalize-space(cbc:Room)"> / <xsl:value-of select="cbc:Room"/></xsl:if>
    <xsl:if test="normalize-space(concat(cbc:StreetName,cbc:BuildingNumber))"><br/></xsl:if>
    <xsl:value-of select="normalize-space(concat(cbc:PostalZone,' ',cbc:CitySubdivisionName,' / ',cbc:CityName))"/>
    <xsl:if test="cac:Country/cbc:Name!='Türkiye'">, <xsl:value-of select="cac:Country/cbc:Name"/></xsl:if>
  </xsl:template>

  <!-- Turkish digits of a decimal text. XPath 1.0 counts in doubles, which keep 15 digits or so: whole part and decimals
       are written apart, so that what is shown is what stands in the document. -->
  <xsl:template name="figure">
    <xsl:param name="of"/>
    <xsl:param name="decimals"/>
    <xsl:variable name="text" select="translate(normalize-space($of),'+-','')"/>
    <xsl:if test="$text">
      <xsl:if test="starts-with(normalize-space($of),'-')">-</xsl:if>
      <xsl:value-of select="format-number(concat('0',substring-before(concat($text,'.'),'.')),'#.##0','tr')"/>
      <xsl:value-of select="substring(format-number(concat('0.',substring(substring-after($text,'.'),1,8),'0'),$decimals,'tr'),2)"/>
    </xsl:if>
  </xsl:template>

  <!-- An amount: two decimals, or more when there are more. -->
  <xsl:template name="money">
    <xsl:param name="of" select="."/>
    <xsl:call-template name="figure"><xsl:with-param name="of" select="$of"/><xsl:with-param name="decimals">0,00######</xsl:with-param></xsl:call-template>
    <xsl:if test="$of/@currencyID">&#160;<xsl:choose><xsl:when test="$of/@currencyID='TRY'">TL</xsl:when><xsl:otherwise><xsl:value-of select="$of/@currencyID"/></xsl:otherwise></xsl:choose></xsl:if>
  </xsl:template>

  <xsl:template name="quantity">
    <xsl:call-template name="figure"><xsl:with-param name="of" select="."/><xsl:with-param name="decimals">0,########</xsl:with-param></xsl:call-template>&#160;<xsl:variable name="u" select="@unitCode"/>
    <xsl:variable name="known" select="substring-before(substring-after('|C62=Adet|NIU=Adet|KGM=kg|GRM=gr|TNE=ton|LTR=lt|MTR=m|MTK=m²|MTQ=m³|HUR=saat|MIN=dk|DAY=gün|WEE=hafta|MON=ay|ANN=yıl|BX=kutu|CT=koli|PA=paket|PF=palet|PR=çift|SET=takım|KWH=kWh|DZN=düzine|',concat('|',$u,'=')),'|')"/>
    <xsl:choose><xsl:when test="$known"><xsl:value-of select="$known"/></xsl:when><xsl:otherwise><xsl:value-of select="$u"/></xsl:otherwise></xsl:choose>
  </xsl:template>

  <xsl:template match="cac:Item">
    <b><xsl:value-of select="cbc:Name"/></b>
    <xsl:for-each select="cbc:Description[normalize-space()]|../cbc:Note[normalize-space()]"><br/><small><xsl:value-of select="."/></small></xsl:for-each>
    <xsl:if test="cac:SellersItemIdentification/cbc:ID"><br/><small>Satıcı kodu <xsl:value-of select="cac:SellersItemIdentification/cbc:ID"/></small></xsl:if>
    <xsl:if test="cac:BuyersItemIdentification/cbc:ID"><br/><small>Alıcı kodu <xsl:value-of select="cac:BuyersItemIdentification/cbc:ID"/></small></xsl:if>
    <xsl:for-each select="cbc:ModelName[normalize-space()]"><br/><small>Model <xsl:value-of select="."/></small></xsl:for-each>
    <xsl:for-each select="cac:ItemInstance/cbc:SerialID[normalize-space()]"><br/><small>Seri no <xsl:value-of select="."/></small></xsl:for-each>
    <xsl:for-each select="cac:AdditionalItemIdentification/cbc:ID[normalize-space()]"><br/><small><xsl:value-of select="concat(@schemeID,' ',.)"/></small></xsl:for-each>
    <xsl:for-each select="../cac:Delivery/cac:Shipment/cac:GoodsItem/cbc:RequiredCustomsID[normalize-space()]"><br/><small>GTİP <xsl:value-of select="."/></small></xsl:for-each>
    <xsl:for-each select="../cac:Delivery/cac:Shipment/cac:TransportHandlingUnit/cac:ActualPackage"><br/><small>Paket <xsl:value-of select="cbc:ID"/><xsl:if test="cbc:Quantity">, <xsl:for-each select="cbc:Quantity"><xsl:call-template name="quantity"/></xsl:for-each></xsl:if></small></xsl:for-each>
  </xsl:template>

  <xsl:template name="total">
    <xsl:param name="name"/>
    <xsl:param name="of"/>
    <xsl:if test="$of"><tr><th><xsl:value-of select="$name"/></th><td><xsl:call-template name="money"><xsl:with-param name="of" select="$of"/></xsl:call-template></td></tr></xsl:if>
  </xsl:template>

  <xsl:template name="style">
    <style>
      *{box-sizing:border-box}
      body{margin:0;background:#eef1f3;color:#1d2830;font:13px/1.45 "Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
      main{max-width:210mm;margin:8mm auto;padding:12mm;background:#fff;border-top:4px solid #0b6e6e;box-shadow:0 1px 6px #0002}
      p,h1,h2{margin:0}
      p span{display:inline-block;margin-right:6px}
      header{display:flex;gap:6mm;align-items:flex-start;justify-content:space-between}
      header>*{flex:1 1 0}
      .title{text-align:center}
      .title p{color:#5b6b75;font-size:10px}
      h1{font-size:21px;line-height:1.2;font-weight:600;color:#0b6e6e;margin:2mm 0 1mm}
      h2{font-size:11px;font-weight:600;letter-spacing:.04em;color:#5b6b75;margin-bottom:1mm}
      .name{font-size:15px;font-weight:600;overflow-wrap:anywhere}
      #qrcode{text-align:right;margin:-2mm -1.8mm 1mm 0}
      #qrcode img{width:35mm;height:35mm}
      .facts th,.totals th{text-align:left;font-weight:400;color:#5b6b75;padding:1px 8px 1px 0;white-space:nowrap;vertical-align:top}
      .facts td{text-align:right;font-weight:600;overflow-wrap:anywhere}
      table{border-collapse:collapse}
      .facts,.lines{width:100%}
      .to{margin:6mm 0;padding:4mm 5mm;background:#f4f7f8;border-left:3px solid #0b6e6e}
      .lines thead tr{background:#0b6e6e}
      .lines thead th{color:#fff;font-weight:600;font-size:11px;padding:6px 7px;text-align:right;white-space:nowrap}
      .lines td{padding:6px 7px;border-bottom:1px solid #dbe2e6;text-align:right;vertical-align:top;white-space:nowrap;font-variant-numeric:tabular-nums}
      .lines .t{text-align:left;white-space:normal;overflow-wrap:anywhere;width:99%;min-width:38mm}
      .lines .t b{font-weight:600}
      .lines tr{break-inside:avoid}
      small{color:#5b6b75}
      .sums{display:flex;gap:8mm;justify-content:space-between;align-items:flex-start;margin-top:5mm;break-inside:avoid}
      .sums .side{flex:1;color:#3c4a53;font-size:12px}
      .side p{margin-bottom:1mm}
      .totals td{text-align:right;padding:2px 0 2px 8px;white-space:nowrap;font-variant-numeric:tabular-nums}
      .totals .due th,.totals .due td{border-top:2px solid #0b6e6e;padding-top:6px;font-size:16px;font-weight:700;color:#0b6e6e}
      .notes{margin-top:6mm;padding-top:3mm;border-top:1px solid #dbe2e6;overflow-wrap:anywhere}
      .boxes{display:flex;gap:5mm;margin-bottom:5mm}
      .boxes>*{flex:1;padding:3mm 4mm;border:1px solid #dbe2e6}
      .sign{display:flex;gap:20mm;margin-top:14mm;text-align:center;color:#5b6b75}
      .sign p{flex:1;border-top:1px solid #5b6b75;padding-top:2mm}
      footer{margin-top:7mm;color:#5b6b75;font-size:10px;text-align:center}
      code{font-family:Consolas,Menlo,monospace}
      @media screen{main{overflow-x:auto}}
      @media screen and (max-width:840px){main{padding:5mm;margin:0}}
      @media screen and (max-width:720px){
        header,.sums,.boxes{display:block}
        header>*,.sums>*,.boxes>*{margin-bottom:4mm}
        .lines,.lines tbody{display:block}
        .lines thead{display:none}
        .lines tr{display:flex;flex-wrap:wrap;padding:2mm 0;border-bottom:1px solid #dbe2e6}
        .lines tr:first-child{border-top:2px solid #0b6e6e}
        .lines td{flex:0 0 100%;padding:1px 0;border:0;white-space:normal}
        .lines td:first-child{flex:none;margin-right:2mm;color:#5b6b75}
        .lines td:empty{display:none}
        .lines .t{flex:1;min-width:0;margin-bottom:1mm}
        .lines [data-n]::before{content:attr(data-n);float:left;margin-right:4mm;color:#5b6b75}
        .totals{width:100%}
        .totals th{white-space:normal}
      }
      @page{size:A4;margin:12mm}
      @media print{body{background:#fff;font-size:11px}main{max-width:none;margin:0;padding:3mm 0 0;box-shadow:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    </style>
  </xsl:template>
</xsl:stylesheet>
