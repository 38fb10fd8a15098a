-- Tables, by account, region and name. `definition` is JSON: see tables.py.
CREATE TABLE dynamodb_tables (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  id INTEGER NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (account, region, name)
);
CREATE UNIQUE INDEX dynamodb_tables_by_id ON dynamodb_tables (id);

-- Items. `pk` is four bytes of hash, then the partition key; `sk` the sort key, or empty. See keys.py.
CREATE TABLE dynamodb_items (
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  body BLOB NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (table_id, pk, sk)
);

-- Entries of secondary indexes, in the index's order; the item is found by its own key.
CREATE TABLE dynamodb_index_entries (
  index_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  item_pk BLOB NOT NULL,
  item_sk BLOB NOT NULL,
  PRIMARY KEY (index_id, pk, sk, item_pk, item_sk)
);

-- Streams, kept for a day after their table or they themselves end. `last_sequence` numbers the records.
CREATE TABLE dynamodb_streams (
  id INTEGER NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  table_name TEXT NOT NULL,
  arn TEXT NOT NULL,
  definition TEXT NOT NULL,
  last_sequence INTEGER NOT NULL,
  ended_at REAL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX dynamodb_streams_by_arn ON dynamodb_streams (arn);

CREATE TABLE dynamodb_stream_records (
  stream_id INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  created_at REAL NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (stream_id, sequence)
);

-- What the housekeeper still has to do: sweep the rows of what was deleted, fill new indexes.
CREATE TABLE dynamodb_chores (
  kind TEXT NOT NULL,
  id INTEGER NOT NULL,
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  PRIMARY KEY (kind, id)
);

-- Items that expire, in the order in which they do. A hint: whether an item has expired is read from the item.
CREATE TABLE dynamodb_expiries (
  expires_at REAL NOT NULL,
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  PRIMARY KEY (expires_at, table_id, pk, sk)
);

-- Transactions answered in the last minutes, by their client's token.
CREATE TABLE dynamodb_transactions (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  token TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  reply TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (account, region, token)
);
CREATE INDEX dynamodb_transactions_by_age ON dynamodb_transactions (created_at);
