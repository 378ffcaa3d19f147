-- A missed call that somebody has seen to, or that needs nothing: it leaves the list of missed calls.
ALTER TABLE calls ADD COLUMN done_ms INTEGER;
-- From then on a user cannot log in: help for the summer, a trainee. Null: for good.
ALTER TABLE users ADD COLUMN expires_ms INTEGER;
