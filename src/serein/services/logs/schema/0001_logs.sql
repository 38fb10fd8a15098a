CREATE TABLE logs_groups (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    class TEXT NOT NULL,
    kms_key TEXT NOT NULL,
    is_protected INTEGER NOT NULL,
    retention_days INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (account, region, name)
);
CREATE TABLE logs_streams (
    id INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    first_event_ms INTEGER NOT NULL,
    last_event_ms INTEGER NOT NULL,
    last_ingestion_ms INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    UNIQUE (group_id, name)
);
CREATE INDEX logs_streams_by_time ON logs_streams (group_id, last_event_ms, name);
CREATE TABLE logs_events (
    group_id INTEGER NOT NULL,
    stream_id INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    ingested_ms INTEGER NOT NULL,
    message BLOB NOT NULL,
    PRIMARY KEY (stream_id, timestamp_ms, sequence)
);
CREATE INDEX logs_events_by_group ON logs_events (group_id, timestamp_ms, stream_id, sequence);
