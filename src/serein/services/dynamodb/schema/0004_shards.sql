-- The shards of streams, in the order in which they were opened. A shard takes the changes of the partition keys whose
-- hash is from `low` up to, not including, `high`; `last_sequence` numbers its records. `parent` is
-- the other shard's name, empty when there is none; `first_at` is when the first record came. See lineage.py.
CREATE TABLE dynamodb_shards (
  stream_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  parent TEXT NOT NULL,
  low INTEGER NOT NULL,
  high INTEGER NOT NULL,
  opened_at REAL NOT NULL,
  first_at REAL,
  closed_at REAL,
  last_sequence INTEGER NOT NULL,
  PRIMARY KEY (stream_id, number)
);

-- Streams from before there were shards: what they have is their first shard.
INSERT INTO dynamodb_shards (stream_id, number, parent, low, high, opened_at, first_at, closed_at, last_sequence)
SELECT id, 0, '', 0, 4294967296, 0.0, 0.0, ended_at, last_sequence FROM dynamodb_streams;
