-- `definition`, `tags` and `targets` are JSON texts. `revision` changes with everything that routing depends on.
CREATE TABLE events_buses (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at REAL NOT NULL,
    modified_at REAL NOT NULL,
    revision TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- `due_at` is when a scheduled rule that is enabled is due next, and `anchored_at` what its rate counts from.
CREATE TABLE events_rules (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bus TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    tags TEXT NOT NULL,
    targets TEXT NOT NULL,
    due_at REAL,
    anchored_at REAL NOT NULL,
    PRIMARY KEY (account, region, bus, name)
);
CREATE INDEX events_rules_due ON events_rules (due_at);

-- Archives, replays, connections and API destinations, by `kind`.
CREATE TABLE events_resources (
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    PRIMARY KEY (kind, account, region, name)
);
CREATE INDEX events_resources_active ON events_resources (kind, is_active);

CREATE TABLE events_archived (
    archive TEXT NOT NULL,
    happened_at REAL NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    expires_at REAL,
    PRIMARY KEY (archive, happened_at, id)
);
CREATE INDEX events_archived_expiry ON events_archived (expires_at);
