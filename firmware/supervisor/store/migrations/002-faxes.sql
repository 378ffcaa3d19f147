-- Faxes received. One state wherever it is touched, as for messages.
CREATE TABLE faxes (
    id             INTEGER PRIMARY KEY,
    mailbox        INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    call           INTEGER NOT NULL REFERENCES calls (id),
    path           TEXT NOT NULL UNIQUE,     -- the TIFF under $FRONTDESK_HOME/faxes; a PDF of the same name lies beside it
    pages          INTEGER NOT NULL,
    sender         TEXT NOT NULL DEFAULT '',  -- what the other machine calls itself: from the wire
    received_ms    INTEGER NOT NULL,
    utc_offset_min INTEGER NOT NULL,
    state          TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'heard', 'saved', 'deleted')),
    before_delete  TEXT,
    deleted_ms     INTEGER
) STRICT;
CREATE INDEX faxes_by_mailbox ON faxes (mailbox, state, received_ms);
CREATE INDEX faxes_by_call ON faxes (call);
