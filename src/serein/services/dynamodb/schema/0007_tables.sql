-- Tables that are coming, changing or going, and when that is over.
CREATE TABLE dynamodb_transitions (
  table_id INTEGER NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  due_at REAL NOT NULL,
  PRIMARY KEY (table_id)
);
CREATE INDEX dynamodb_transitions_by_time ON dynamodb_transitions (due_at);

-- How large item collections are, in bytes, for tables with local indexes. `pk` is that of the items: see keys.py.
CREATE TABLE dynamodb_collections (
  table_id INTEGER NOT NULL,
  pk BLOB NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (table_id, pk)
);

-- Resource policies of tables and streams, by ARN.
CREATE TABLE dynamodb_policies (
  arn TEXT NOT NULL,
  revision TEXT NOT NULL,
  policy TEXT NOT NULL,
  PRIMARY KEY (arn)
);

-- For which tables and, where `index_name` isn't empty, indexes contributor insights were switched on or off.
CREATE TABLE dynamodb_insights (
  table_id INTEGER NOT NULL,
  index_name TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  mode TEXT NOT NULL,
  updated_at REAL NOT NULL,
  PRIMARY KEY (table_id, index_name)
);
