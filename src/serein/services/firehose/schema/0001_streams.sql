-- `definition` is the JSON text of everything that a delivery stream is (streams.py).
CREATE TABLE firehose_streams (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    definition TEXT NOT NULL
);
CREATE UNIQUE INDEX firehose_streams_name ON firehose_streams (account, region, name);

-- Where records wait until there are enough of them, or until it is time. `stage` says what for (buffers.py), `part` is
-- the partition, or the kind of error. `state` is 0 while it takes records, 1 once
-- it is full, 2 once its time has come, 3 when it was delivered and only its rows are left to remove.
CREATE TABLE firehose_buffers (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    part TEXT NOT NULL,
    state INTEGER NOT NULL,
    opened_at REAL NOT NULL,
    size_bytes INTEGER NOT NULL,
    packs INTEGER NOT NULL
);
CREATE INDEX firehose_buffers_place ON firehose_buffers (stream_id, stage, part, state);

-- Each row has the records of one request that go into one buffer, packed (records.py).
CREATE TABLE firehose_packs (
    buffer_id INTEGER NOT NULL,
    place INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    records BLOB NOT NULL,
    PRIMARY KEY (buffer_id, place)
);
