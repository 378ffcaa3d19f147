-- A caller has asked to be called back: at which number (as it was entered, or E.164), and from when; null: at any time.
ALTER TABLE calls ADD COLUMN call_back TEXT;
ALTER TABLE calls ADD COLUMN call_back_ms INTEGER;
