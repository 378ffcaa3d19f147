-- What is billed of calls, and of calls that the box did not carry: drafts that a person reviews.
CREATE TABLE time_exports (                       -- what was handed to the billing program in one go
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox INTEGER REFERENCES mailboxes (id),     -- null: of all of them
    at_ms   INTEGER NOT NULL,
    who     TEXT NOT NULL
) STRICT;

CREATE TABLE time_entries (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    call           INTEGER,                        -- null: added by hand; several of one call: it was split. No reference:
                                                   -- what is billed outlives the call that retention takes away
    mailbox        INTEGER NOT NULL REFERENCES mailboxes (id),
    user           INTEGER REFERENCES users (id),  -- the timekeeper, null: not known
    port           TEXT,                           -- the handset that was spoken on
    started_ms     INTEGER NOT NULL,               -- when the talk began
    utc_offset_min INTEGER NOT NULL,
    worked_s       REAL NOT NULL,                  -- the talk, of which this may be a share
    number         TEXT NOT NULL DEFAULT '',       -- E.164
    name           TEXT NOT NULL DEFAULT '',       -- of an entry by hand
    client         TEXT NOT NULL DEFAULT '',
    matter         TEXT NOT NULL DEFAULT '',
    written        INTEGER NOT NULL DEFAULT 0,     -- a person has said whom it is for: a contact's change leaves it
    activity       TEXT NOT NULL,                  -- UTBMS
    note           TEXT NOT NULL DEFAULT '',
    billed_s       INTEGER NOT NULL CHECK (billed_s >= 0),
    rate_cents     INTEGER NOT NULL DEFAULT 0 CHECK (rate_cents >= 0),  -- an hour, in hundredths of the currency
    billable       INTEGER NOT NULL DEFAULT 1,
    export         INTEGER REFERENCES time_exports (id),
    removed_ms     INTEGER
) STRICT;
CREATE INDEX time_entries_by_start ON time_entries (started_ms);
CREATE INDEX time_entries_by_call ON time_entries (call);
