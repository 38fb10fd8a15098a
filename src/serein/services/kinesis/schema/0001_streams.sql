-- `definition` is the JSON text of everything that a stream is, its shards included (streams.py). The columns after it
-- repeat what is summed up over an account, and say when something about the stream is due.
CREATE TABLE kinesis_streams (
    id INTEGER PRIMARY KEY,
    stream_id TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    mode TEXT NOT NULL,
    open_shards INTEGER NOT NULL,
    due_at REAL
);
CREATE UNIQUE INDEX kinesis_streams_name ON kinesis_streams (account, region, name);
CREATE UNIQUE INDEX kinesis_streams_stream_id ON kinesis_streams (stream_id);
CREATE INDEX kinesis_streams_due ON kinesis_streams (due_at);

-- The one row gives out the ids of shards; it is there from the first on.
CREATE TABLE kinesis_numbers (
    id INTEGER PRIMARY KEY,
    last_shard INTEGER NOT NULL
);

-- Where each shard's records have got to. `state` is 0 while it takes records, 1 once it is closed, 2 when its stream
-- is gone and its records are to be.
CREATE TABLE kinesis_shards (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    last_index INTEGER NOT NULL,
    state INTEGER NOT NULL
);
CREATE INDEX kinesis_shards_stream ON kinesis_shards (stream_id);
CREATE INDEX kinesis_shards_state ON kinesis_shards (state);

-- `id` is the shard's id and the record's place in it, in one number: see store/records.py.
CREATE TABLE kinesis_records (
    id INTEGER PRIMARY KEY,
    arrived_at REAL NOT NULL,
    is_encrypted INTEGER NOT NULL,
    partition_key BLOB NOT NULL,
    data BLOB NOT NULL
);

-- `details` is a JSON text: tags and policy.
CREATE TABLE kinesis_consumers (
    arn TEXT PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    status TEXT NOT NULL,
    due_at REAL,
    details TEXT NOT NULL
);
CREATE UNIQUE INDEX kinesis_consumers_name ON kinesis_consumers (stream_id, name);
CREATE INDEX kinesis_consumers_due ON kinesis_consumers (due_at);

-- Who reads a shard for a consumer: the last that subscribed.
CREATE TABLE kinesis_subscriptions (
    consumer_arn TEXT NOT NULL,
    shard_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    started_at REAL NOT NULL,
    PRIMARY KEY (consumer_arn, shard_id)
);

CREATE TABLE kinesis_accounts (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (account, region)
);
