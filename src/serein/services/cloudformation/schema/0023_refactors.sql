CREATE TABLE cloudformation_refactors (
  refactor_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  execution_status TEXT NOT NULL,
  created_at REAL NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX cloudformation_refactors_by_time ON cloudformation_refactors (account, region, created_at);
