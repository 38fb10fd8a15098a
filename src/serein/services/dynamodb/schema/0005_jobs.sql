-- What items were before they were changed, for tables that keep history. `body` is empty when there was no item.
-- `seq` numbers the changes of one key; `epoch` is that of the table's definition when the change was made.
CREATE TABLE dynamodb_history (
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  changed_at REAL NOT NULL,
  size INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (table_id, pk, sk, seq)
);
CREATE INDEX dynamodb_history_by_age ON dynamodb_history (table_id, changed_at);

-- The tables that have history, or may have some left.
CREATE TABLE dynamodb_histories (
  table_id INTEGER NOT NULL,
  PRIMARY KEY (table_id)
);

-- Backups, restores, exports and imports. `detail` is JSON: see jobs/records.py. An open one is being worked on, from
-- the key (`pk`, `sk`) on; `step` counts what was done. `source_id` and `target_id` are the `table_id` of the items
-- that are read and written; history of the source is needed from `history_since` on.
CREATE TABLE dynamodb_jobs (
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  arn TEXT NOT NULL,
  token TEXT NOT NULL,
  source_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  is_open INTEGER NOT NULL,
  created_at REAL NOT NULL,
  expires_at REAL NOT NULL,
  history_since REAL NOT NULL,
  step INTEGER NOT NULL,
  pk BLOB NOT NULL,
  sk BLOB NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX dynamodb_jobs_by_arn ON dynamodb_jobs (kind, account, region, arn);
CREATE INDEX dynamodb_jobs_by_target ON dynamodb_jobs (target_id);
CREATE INDEX dynamodb_jobs_by_token ON dynamodb_jobs (token, kind);
CREATE INDEX dynamodb_jobs_open ON dynamodb_jobs (is_open, id);
CREATE INDEX dynamodb_jobs_by_expiry ON dynamodb_jobs (expires_at);

-- The data files that an export has written, as its manifest lists them.
CREATE TABLE dynamodb_export_files (
  job_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
);
