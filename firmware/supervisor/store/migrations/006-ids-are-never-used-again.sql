-- The id of a row that is gone is never given to another: an old link, an open page or a row of the audit log would then
-- mean another caller's message. AUTOINCREMENT says so. It changes how the next id is found and nothing of what lies in
-- the file, so that the tables are declared anew in place, as SQLite allows for such a change, instead of being copied
-- (which needs as much room again: on a full disk the box would not start).
CREATE TABLE first_of_its_kind (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;  -- makes SQLite's own list of last ids
DROP TABLE first_of_its_kind;

PRAGMA writable_schema = ON;
UPDATE sqlite_schema
    SET sql = substr(sql, 1, instr(sql, 'PRIMARY KEY') + 10) || ' AUTOINCREMENT' || substr(sql, instr(sql, 'PRIMARY KEY') + 11)
    WHERE type = 'table' AND name IN ('calls', 'messages', 'recordings', 'faxes', 'contacts', 'users', 'rules', 'audit')
    AND sql LIKE '%INTEGER PRIMARY KEY%';
PRAGMA writable_schema = RESET;

INSERT INTO sqlite_sequence (name, seq)
    SELECT 'calls', coalesce(max(id), 0) FROM calls UNION ALL SELECT 'messages', coalesce(max(id), 0) FROM messages
    UNION ALL SELECT 'recordings', coalesce(max(id), 0) FROM recordings
    UNION ALL SELECT 'faxes', coalesce(max(id), 0) FROM faxes
    UNION ALL SELECT 'contacts', coalesce(max(id), 0) FROM contacts
    UNION ALL SELECT 'users', coalesce(max(id), 0) FROM users UNION ALL SELECT 'rules', coalesce(max(id), 0) FROM rules
    UNION ALL SELECT 'audit', coalesce(max(id), 0) FROM audit;
