-- An emergency call is seen by somebody: whether it was a drill, who acknowledged it, and when.
ALTER TABLE calls ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN seen_ms INTEGER;  -- of an emergency call: null until somebody has acknowledged it
ALTER TABLE calls ADD COLUMN seen_by TEXT;     -- 'user:1', 'handset:D'; 'box': before anybody was asked
UPDATE calls SET seen_ms = coalesce(ended_ms, started_ms), seen_by = 'box' WHERE emergency = 1;
CREATE INDEX calls_emergency ON calls (started_ms) WHERE emergency = 1;
