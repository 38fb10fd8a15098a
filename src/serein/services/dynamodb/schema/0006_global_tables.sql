-- Global tables of version 2017.11.29. What replicas know of one another is in their definitions: see replicas.py.
CREATE TABLE dynamodb_global_tables (
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (account, name)
);

CREATE TABLE dynamodb_global_table_replicas (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (account, region, name)
);
CREATE INDEX dynamodb_global_table_replicas_by_name ON dynamodb_global_table_replicas (account, name, region);
