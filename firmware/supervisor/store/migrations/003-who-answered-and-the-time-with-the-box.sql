-- Talk is somebody at a handset: who answered, since when a person was there, and the time with the box apart from it.
-- From here on talk_s is the time of two people with each other, and billable_s what is billed of it.
ALTER TABLE calls ADD COLUMN answered_by TEXT
    CHECK (answered_by IN ('person', 'voicemail', 'screener', 'fax', 'busy', 'announcement', 'unknown'));
ALTER TABLE calls ADD COLUMN person_ms INTEGER;  -- when a person came, sample clock, since the call's start
ALTER TABLE calls ADD COLUMN with_box_s REAL;    -- time with the box: greeting, menus, message, fax

-- Older calls, as far as their parts and their timeline tell; what they do not tell is null.
UPDATE calls SET answered_by = 'busy' WHERE direction <> 'in' AND answered_ms IS NULL AND outcome = 'busy';
UPDATE calls SET answered_by = 'unknown' WHERE direction = 'in' AND answered_ms IS NULL AND outcome = 'connected';
UPDATE calls SET answered_by = coalesce((
        SELECT CASE json_extract(detail, '$.tone')
            WHEN 'beep' THEN 'voicemail' WHEN 'silence' THEN 'unknown' ELSE 'fax' END
        FROM call_events
        WHERE call = calls.id AND kind = 'tone' AND json_extract(detail, '$.tone') IN ('beep', 'silence', 'fax', 'modem')
        ORDER BY id DESC LIMIT 1), 'person')
    WHERE direction <> 'in' AND answered_ms IS NOT NULL;
UPDATE calls SET person_ms = answered_ms - started_ms WHERE direction <> 'in' AND answered_by = 'person';
UPDATE calls SET answered_by = 'person', person_ms = (
        SELECT CAST(round(1000 * min(start_s)) AS INTEGER) FROM segments WHERE call = calls.id AND kind = 'handset')
    WHERE direction = 'in' AND EXISTS (SELECT 1 FROM segments WHERE call = calls.id AND kind = 'handset');

UPDATE calls SET with_box_s = CASE
        WHEN EXISTS (SELECT 1 FROM segments WHERE call = calls.id AND kind = 'assistant' AND end_s IS NULL) THEN NULL
        WHEN direction = 'in' AND answered_ms IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM segments WHERE call = calls.id) THEN NULL
        ELSE (SELECT round(coalesce(sum(end_s - start_s), 0.0), 3)
            FROM segments WHERE call = calls.id AND kind = 'assistant') END
    WHERE ended_ms IS NOT NULL;

-- What counted the box's time, and machines, as talk.
UPDATE calls SET talk_s = CASE
        WHEN with_box_s IS NULL OR answered_by = 'unknown' THEN NULL
        WHEN answered_by IS NOT 'person' THEN 0.0
        WHEN direction <> 'in' THEN talk_s
        ELSE (SELECT round(sum(end_s - start_s), 3) FROM segments WHERE call = calls.id AND kind = 'handset') END
    WHERE talk_s IS NOT NULL;
UPDATE calls SET billable_s = CASE direction
        WHEN 'internal' THEN 0
        ELSE CAST(talk_s AS INTEGER) + (talk_s > CAST(talk_s AS INTEGER)) END
    WHERE ended_ms IS NOT NULL AND billable_s IS NOT NULL;
