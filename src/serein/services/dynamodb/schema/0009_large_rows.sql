-- Items and their history are large rows with random keys: stored in order of arrival, found by an index of their keys.
ALTER TABLE dynamodb_items RENAME TO dynamodb_items_before;
CREATE TABLE dynamodb_items (
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  body BLOB NOT NULL,
  size INTEGER NOT NULL,
  UNIQUE (table_id, pk, sk)
);
INSERT INTO dynamodb_items (table_id, pk, sk, body, size) SELECT table_id, pk, sk, body, size FROM dynamodb_items_before;
DROP TABLE dynamodb_items_before;

ALTER TABLE dynamodb_history RENAME TO dynamodb_history_before;
CREATE TABLE dynamodb_history (
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  changed_at REAL NOT NULL,
  size INTEGER NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (table_id, pk, sk, seq)
);
INSERT INTO dynamodb_history (table_id, pk, sk, seq, epoch, changed_at, size, body)
  SELECT table_id, pk, sk, seq, epoch, changed_at, size, body FROM dynamodb_history_before;
DROP TABLE dynamodb_history_before;
CREATE INDEX dynamodb_history_by_change ON dynamodb_history (table_id, changed_at);
