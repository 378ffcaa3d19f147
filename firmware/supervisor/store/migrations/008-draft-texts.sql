-- What the box has made out of a message, for whoever reads faster than he listens: NULL while it has not been tried, empty
-- where nothing was understood. It goes with the message.
ALTER TABLE messages ADD COLUMN draft TEXT;
