CREATE TABLE cloudformation_stack_sets (
  set_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  live_name TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at REAL NOT NULL,
  last_operation INTEGER NOT NULL,
  content TEXT NOT NULL
);
CREATE UNIQUE INDEX cloudformation_stack_sets_by_name ON cloudformation_stack_sets (account, region, live_name);
CREATE TABLE cloudformation_stack_instances (
  set_id TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  stack_id TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (set_id, account, region)
);
CREATE INDEX cloudformation_stack_instances_by_stack ON cloudformation_stack_instances (stack_id);
CREATE TABLE cloudformation_stack_set_operations (
  set_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  status TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (set_id, operation_id)
);
CREATE TABLE cloudformation_stack_set_results (
  set_id TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (set_id, operation_id, position)
);
