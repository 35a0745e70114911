-- Times are Unix seconds with fractions, UTC. JSON stands in text columns.

-- How far a mailbox (IMAP folder) has been fetched; it moves only in the transaction that stores the letters.
CREATE TABLE cursor (
    mailbox TEXT PRIMARY KEY,
    uidvalidity INTEGER NOT NULL,
    last_uid INTEGER NOT NULL,
    first_uid INTEGER NOT NULL          -- letters below it were there before the first start and are not ours
);

-- One thing that came in.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,               -- letter, site, bot, cart, app, webhook
    key TEXT NOT NULL UNIQUE,           -- what makes it the same thing when it comes again
    reference TEXT NOT NULL UNIQUE,     -- RS-XXXXXXX
    received_at REAL NOT NULL,          -- of a letter: when the mailbox got it
    stage TEXT NOT NULL DEFAULT 'stored' CHECK (stage IN ('stored', 'read', 'planned', 'mailing')),
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'ignored', 'parked')),
    due_at REAL NOT NULL,               -- the next try, while waiting
    tries INTEGER NOT NULL DEFAULT 0,   -- failures that were the entry's own
    reason TEXT NOT NULL DEFAULT '',    -- why it is ignored, parked or waiting
    cure TEXT NOT NULL DEFAULT '',
    kind TEXT,
    sender TEXT,
    subject TEXT,
    message_id TEXT,
    content_key TEXT,                   -- the same letter by another way has the same one
    thread_id INTEGER REFERENCES entry (id) ON DELETE SET NULL, -- the request that it answers
    lead_id INTEGER,
    contact_id INTEGER,
    reasons TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX entry_waiting ON entry (due_at) WHERE state = 'waiting';
CREATE INDEX entry_stored ON entry (id) WHERE state = 'waiting' AND stage = 'stored';
CREATE INDEX entry_content ON entry (content_key);
CREATE INDEX entry_sender ON entry (sender);
CREATE INDEX entry_lead ON entry (lead_id);
CREATE INDEX entry_state ON entry (state, id);

CREATE TABLE raw (
    entry_id INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
    body BLOB NOT NULL
);

-- Where a letter was seen. A further copy of the same bytes is a row here and no new entry.
CREATE TABLE sighting (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    copy INTEGER NOT NULL,              -- 1: the entry stands at another UID of this mailbox already
    size INTEGER NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0, -- 1: mailbox.after has been carried out
    PRIMARY KEY (mailbox, uidvalidity, uid)
);
CREATE INDEX sighting_entry ON sighting (entry_id);

-- What a waiting entry keeps in order with others: a customer's address, a phone, a thread, a lead.
CREATE TABLE lane (
    key TEXT NOT NULL,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    PRIMARY KEY (key, entry_id)
) WITHOUT ROWID;
CREATE INDEX lane_entry ON lane (entry_id);

CREATE TABLE effect (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    action TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'sending', 'done', 'uncertain', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    attempted_at REAL,
    outside_id TEXT,
    address TEXT,                       -- to whom a letter of ours goes, for the caps
    letter_id TEXT,                     -- its Message-ID
    UNIQUE (entry_id, position)
);
CREATE INDEX effect_address ON effect (address, attempted_at) WHERE address IS NOT NULL;
CREATE INDEX effect_letter ON effect (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX effect_sent ON effect (attempted_at) WHERE address IS NOT NULL;

-- Append-only history.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    effect_id INTEGER,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX event_entry ON event (entry_id);

-- Message-IDs that lead to an entry: the letters' own and those of our confirmations.
CREATE TABLE thread (
    message_id TEXT PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX thread_entry ON thread (entry_id);

-- Addresses that belong to a request: its sender, the people it names, those it was copied to, those we wrote to.
CREATE TABLE participant (
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (entry_id, address)
) WITHOUT ROWID;

-- Addresses that refused our letters for good.
CREATE TABLE dead_address (
    address TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;

-- Keys made at the first start, never shown: the one that signs our Message-IDs.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Who is known in AmoCRM: addresses, phones, ИНН.
CREATE TABLE known_key (
    entity_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    PRIMARY KEY (entity_type, kind, value, entity_id)
) WITHOUT ROWID;
CREATE INDEX known_key_entity ON known_key (entity_type, entity_id);
CREATE TABLE known_until (
    entity_type TEXT PRIMARY KEY,
    until REAL NOT NULL
) WITHOUT ROWID;

-- The OAuth2 pair of AmoCRM; one row.
CREATE TABLE token (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    access_token TEXT NOT NULL,
    refresh_token TEXT NOT NULL,
    expires_at REAL NOT NULL,
    base_url TEXT NOT NULL
);

-- Looks at our domain's DNS.
CREATE TABLE dns_look (
    id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    at REAL NOT NULL,
    result TEXT NOT NULL,
    findings TEXT NOT NULL
);
CREATE INDEX dns_look_domain ON dns_look (domain, id);
