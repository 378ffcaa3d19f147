-- A fax has its row from its first page on. Those that are there have their PDF.
ALTER TABLE faxes ADD COLUMN progress TEXT NOT NULL DEFAULT 'made'
    CHECK (progress IN ('receiving',  -- pages still come
                        'waiting',    -- all there, the PDF is still to be made
                        'made',
                        'failed'));   -- no PDF can be made; the TIFF holds the pages
CREATE INDEX faxes_without_pdf ON faxes (progress) WHERE progress IN ('receiving', 'waiting');
