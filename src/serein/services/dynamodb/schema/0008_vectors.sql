-- Entries of vector indexes. `pk` is the partition key as in keys.py, empty where an index has none; `size` is in bytes;
-- `filters` is a JSON list of the inline filters' values; `vector` holds 32-bit floats, the least significant byte first.
CREATE TABLE dynamodb_vectors (
  index_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  item_pk BLOB NOT NULL,
  item_sk BLOB NOT NULL,
  size INTEGER NOT NULL,
  filters BLOB NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (index_id, pk, item_pk, item_sk)
);
