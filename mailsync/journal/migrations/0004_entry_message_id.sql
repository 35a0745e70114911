-- Entries are looked up by their letter's Message-ID: by hand, and all of them after a new UIDVALIDITY.
CREATE INDEX entry_message_id ON entry (message_id) WHERE message_id IS NOT NULL;
