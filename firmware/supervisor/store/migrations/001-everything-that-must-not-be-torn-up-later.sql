-- The first layout. Immutable once landed: a change is a new numbered file.
-- Times: *_ms are milliseconds since 1970 UTC; utc_offset_min is the local offset at that moment, so that a page or a
-- CSV can show local time for ever. Lengths inside a call are milliseconds of the sample clock.
-- mailbox: 1 = the office, whose mailbox exists from the start. contacts.mailbox null = shared by all.

CREATE TABLE mailboxes (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;
INSERT INTO mailboxes (id, name) VALUES (1, 'office');

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role IN ('user', 'admin')),
    password_hash TEXT NOT NULL,              -- argon2id, made by the web process; the supervisor only keeps it
    mailbox       INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    language      TEXT NOT NULL DEFAULT 'en',
    line          TEXT,                        -- the line this user calls out on, null = any
    created_ms    INTEGER NOT NULL,
    disabled_ms   INTEGER
) STRICT;

CREATE TABLE pins (
    id         INTEGER PRIMARY KEY,
    mailbox    INTEGER NOT NULL REFERENCES mailboxes (id),
    user       INTEGER REFERENCES users (id),
    pin_hash   TEXT NOT NULL,
    wrong      INTEGER NOT NULL DEFAULT 0,
    retry_ms   INTEGER NOT NULL DEFAULT 0,     -- no further try before this moment; survives a restart
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE contacts (
    id          INTEGER PRIMARY KEY,
    mailbox     INTEGER REFERENCES mailboxes (id),
    name        TEXT NOT NULL,
    company     TEXT NOT NULL DEFAULT '',
    sounds_like TEXT NOT NULL DEFAULT '',
    client      TEXT NOT NULL DEFAULT '',
    language    TEXT NOT NULL DEFAULT '',
    greeting    TEXT NOT NULL DEFAULT '',      -- id of the prompt or recording this contact is greeted with, '' = usual
    notes       TEXT NOT NULL DEFAULT '',
    created_ms  INTEGER NOT NULL,
    changed_ms  INTEGER NOT NULL,
    deleted_ms  INTEGER
) STRICT;
CREATE INDEX contacts_by_name ON contacts (name COLLATE NOCASE) WHERE deleted_ms IS NULL;

CREATE TABLE contact_numbers (
    id         INTEGER PRIMARY KEY,
    contact    INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('mobile', 'work', 'home', 'fax', 'other')),
    raw        TEXT NOT NULL,
    e164       TEXT,                            -- null where the raw number is not a full one
    is_default INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX contact_numbers_by_e164 ON contact_numbers (e164);
CREATE INDEX contact_numbers_by_contact ON contact_numbers (contact);

CREATE TABLE calls (
    id              INTEGER PRIMARY KEY,
    direction       TEXT NOT NULL CHECK (direction IN ('in', 'out', 'internal')),
    line            TEXT,                       -- 'A', 'B'; null for internal calls
    port            TEXT,                       -- the handset that took part first: 'C', 'D'
    extension       TEXT,
    user            INTEGER REFERENCES users (id),
    mailbox         INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    language        TEXT NOT NULL DEFAULT 'en',
    placed          TEXT CHECK (placed IN ('handset', 'by_name', 'from_outside', 'page', 'reminder')),
    number_raw      TEXT,
    number_e164     TEXT,
    presentation    TEXT NOT NULL DEFAULT 'unknown'
                    CHECK (presentation IN ('allowed', 'private', 'unavailable', 'corrupt', 'unknown')),
    name            TEXT,                       -- as the line gave it
    contact         INTEGER REFERENCES contacts (id),
    client          TEXT NOT NULL DEFAULT '',
    matter          TEXT NOT NULL DEFAULT '',
    important       INTEGER NOT NULL DEFAULT 0,
    emergency       INTEGER NOT NULL DEFAULT 0,
    status_at       TEXT NOT NULL DEFAULT '',    -- the office's status when the call began
    outcome         TEXT NOT NULL DEFAULT 'going on'
                    CHECK (outcome IN ('going on', 'connected', 'message', 'no message', 'missed', 'busy',
                                       'no answer', 'failed', 'cancelled', 'blocked', 'interrupted', 'fax')),
    answered_how    TEXT CHECK (answered_how IN ('exact', 'estimated')),
    started_ms      INTEGER NOT NULL,
    utc_offset_min  INTEGER NOT NULL,
    answered_ms     INTEGER,
    ended_ms        INTEGER,
    ring_s          REAL,
    talk_s          REAL,                        -- null where it is not known (flash-hook transfer)
    billable_s      INTEGER,                     -- whole seconds, rounded up
    hung_up_by      TEXT CHECK (hung_up_by IN ('far end', 'handset', 'box', 'link', 'nobody')),
    why             TEXT NOT NULL DEFAULT ''     -- how the end was known: 'loop drop', 'busy tone', 'silence', 'pound' ...
) STRICT;
CREATE INDEX calls_by_start ON calls (started_ms);
CREATE INDEX calls_by_number ON calls (number_e164);
CREATE INDEX calls_by_contact ON calls (contact);
CREATE INDEX calls_by_outcome ON calls (outcome, started_ms);

-- Parts of a call: who was connected to whom, from when to when.
CREATE TABLE segments (
    id       INTEGER PRIMARY KEY,
    call     INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL,                       -- 'assistant', 'handset', 'outside', 'conference', 'transferred'
    who      TEXT NOT NULL DEFAULT '',
    start_s  REAL NOT NULL,                       -- since the call's start, sample clock
    end_s    REAL                                 -- null: going on, or not known
) STRICT;
CREATE INDEX segments_by_call ON segments (call);

-- What happened, in order, and why: the call's timeline.
CREATE TABLE call_events (
    id     INTEGER PRIMARY KEY,
    call   INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    at_s   REAL NOT NULL,                         -- since the call's start, sample clock
    kind   TEXT NOT NULL,                         -- 'ring', 'caller id', 'prompt', 'key', 'word', 'decision', 'leg', 'end' ...
    detail TEXT NOT NULL DEFAULT '{}',            -- JSON
    why    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX call_events_by_call ON call_events (call, id);

CREATE TABLE recordings (
    id          INTEGER PRIMARY KEY,
    call        INTEGER REFERENCES calls (id),
    kind        TEXT NOT NULL CHECK (kind IN ('message', 'call', 'greeting', 'name')),
    path        TEXT NOT NULL UNIQUE,              -- under $FRONTDESK_HOME/recordings, never from the wire
    law         TEXT NOT NULL CHECK (law IN ('mu', 'a')),
    state       TEXT NOT NULL CHECK (state IN ('running', 'finished', 'repaired', 'deleted')),
    started_ms  INTEGER NOT NULL,
    samples     INTEGER                             -- at 8 kHz; null while running
) STRICT;
CREATE INDEX recordings_by_call ON recordings (call);
CREATE INDEX recordings_running ON recordings (state) WHERE state = 'running';

CREATE TABLE messages (
    id             INTEGER PRIMARY KEY,
    mailbox        INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    call           INTEGER NOT NULL REFERENCES calls (id),
    recording      INTEGER NOT NULL REFERENCES recordings (id),
    received_ms    INTEGER NOT NULL,
    utc_offset_min INTEGER NOT NULL,
    important      INTEGER NOT NULL DEFAULT 0,
    state          TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'heard', 'saved', 'deleted')),
    before_delete  TEXT,                            -- the state an undo gives back
    deleted_ms     INTEGER,
    called_back_ms INTEGER,
    interrupted    INTEGER NOT NULL DEFAULT 0,
    note           TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX messages_by_mailbox ON messages (mailbox, state, received_ms);
CREATE INDEX messages_by_call ON messages (call);
CREATE UNIQUE INDEX messages_by_recording ON messages (recording);

CREATE TABLE greetings (
    id        INTEGER PRIMARY KEY,
    mailbox   INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    purpose   TEXT NOT NULL,
    language  TEXT NOT NULL DEFAULT 'en',
    text      TEXT NOT NULL DEFAULT '',
    recording INTEGER REFERENCES recordings (id),
    until_ms  INTEGER
) STRICT;

CREATE TABLE rules (
    id       INTEGER PRIMARY KEY,
    mailbox  INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    position INTEGER NOT NULL,
    rule     TEXT NOT NULL                          -- JSON, by the schema of the rules room
) STRICT;

CREATE TABLE reminders (
    id        INTEGER PRIMARY KEY,
    mailbox   INTEGER NOT NULL DEFAULT 1 REFERENCES mailboxes (id),
    due_ms    INTEGER NOT NULL,
    reminder  TEXT NOT NULL,                        -- JSON, by the schema of the reminders room
    done_ms   INTEGER
) STRICT;

CREATE TABLE settings (
    key        TEXT PRIMARY KEY,                    -- only keys of the schema's 'page' home
    value      TEXT NOT NULL,                       -- JSON
    changed_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    who    TEXT NOT NULL,                            -- 'user:1', 'box', 'handset:C'
    action TEXT NOT NULL,
    target TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX audit_by_time ON audit (at_ms);
