-- The web endpoint: requests told apart, letters on a status, how far AmoCRM's own log has been read.

-- Idempotency-Key of an ingest request, for a day; hashes only.
CREATE TABLE idempotency (
    key_hash TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);

-- A status that a customer has been written to about: once for each lead and status.
CREATE TABLE status_letter (
    lead_id INTEGER NOT NULL,
    status_id INTEGER NOT NULL,
    changed_at REAL NOT NULL,           -- when the lead came into the status, by AmoCRM
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    PRIMARY KEY (lead_id, status_id)
) WITHOUT ROWID;

-- Single facts about the account: its id, how far its log has been read.
CREATE TABLE remembered (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- States given out by `auth url` (RFC 6749, 10.12); hashes only, each good once.
CREATE TABLE oauth_state (
    state_hash TEXT PRIMARY KEY,
    at REAL NOT NULL
) WITHOUT ROWID;

-- What is under way, for /metrics: nearly all effects are done.
CREATE INDEX effect_open ON effect (state) WHERE state <> 'done';
