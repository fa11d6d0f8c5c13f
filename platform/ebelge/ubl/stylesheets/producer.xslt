<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <xsl:output method="html" encoding="UTF-8"/>
  <xsl:include href="common.xslt"/>
  <xsl:template match="/*"><html lang="tr"><body><h1>e-Müstahsil Makbuzu</h1><p><xsl:value-of select="cbc:ID"/></p></body></html></xsl:template>
</xsl:stylesheet>
