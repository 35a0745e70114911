-- The digital passport: customers' machines and their history. Times are Unix seconds.

CREATE TABLE equipment (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,           -- the serial number, normalised
    serial_number TEXT NOT NULL,        -- as written in the deal
    model TEXT,
    telegram_id TEXT,
    lead_id INTEGER NOT NULL,           -- the deal that it was registered by
    contact_id INTEGER,
    registered_at REAL NOT NULL,
    -- Two values that AmoCRM and the passport both may change: the value, when and by whom it was changed last, what
    -- the lead's field held when it was last read or written, the time of that reading, a value that AmoCRM refused.
    service_status TEXT,
    service_status_at REAL NOT NULL DEFAULT 0,
    service_status_source TEXT NOT NULL DEFAULT 'crm',
    service_status_in_crm TEXT,
    service_status_crm_at REAL NOT NULL DEFAULT 0,
    service_status_refused TEXT,
    maintenance_date TEXT,              -- ISO day
    maintenance_date_at REAL NOT NULL DEFAULT 0,
    maintenance_date_source TEXT NOT NULL DEFAULT 'crm',
    maintenance_date_in_crm TEXT,
    maintenance_date_crm_at REAL NOT NULL DEFAULT 0,
    maintenance_date_refused TEXT
);
CREATE INDEX equipment_telegram ON equipment (telegram_id) WHERE telegram_id IS NOT NULL;
CREATE INDEX equipment_lead ON equipment (lead_id);

-- Append-only.
CREATE TABLE equipment_history (
    id INTEGER PRIMARY KEY,
    equipment_id INTEGER NOT NULL REFERENCES equipment (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('crm', 'passport', 'app')),
    field TEXT NOT NULL,
    value TEXT,
    previous TEXT,
    applied INTEGER NOT NULL            -- 0: lost to a later change
);
CREATE INDEX equipment_history_of ON equipment_history (equipment_id, id);

-- Won deals whose manager was asked for the serial number: once.
CREATE TABLE serial_asked (
    lead_id INTEGER PRIMARY KEY,
    entry_id INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE
);

-- Requests made in the Mini App, for showing their state to who made them.
CREATE TABLE app_request (
    entry_id INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
    telegram_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('service', 'parts')),
    serial_number TEXT,
    lead_status_id INTEGER              -- of the request's lead, when an event last told it
);
CREATE INDEX app_request_telegram ON app_request (telegram_id, entry_id);
