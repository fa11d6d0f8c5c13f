-- The XML of documents as it was accepted, whole: our stylesheet, which lies in embedded_sheet once, back in its place.
-- NULL, not a part of it, should the sheet be missing.
CREATE OR REPLACE VIEW document_source WITH (security_invoker = true) AS
SELECT x.tenant_id, x.document_id,
       CASE WHEN x.sheet_sha256 IS NULL THEN x.source
            ELSE substring(x.source FROM 1 FOR x.sheet_at) || s.encoded || substring(x.source FROM x.sheet_at + 1)
       END AS source
  FROM document_xml x LEFT JOIN embedded_sheet s ON s.sha256 = x.sheet_sha256
