CREATE TABLE cloudformation_stacks (
  stack_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  live_name TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL,
  deleted_at REAL,
  operation TEXT NOT NULL,
  turn INTEGER NOT NULL,
  is_parked INTEGER NOT NULL,
  last_event INTEGER NOT NULL,
  definition TEXT NOT NULL,
  previous TEXT NOT NULL,
  settings TEXT NOT NULL,
  outputs TEXT NOT NULL
);
CREATE UNIQUE INDEX cloudformation_stacks_by_name ON cloudformation_stacks (account, region, live_name);
CREATE INDEX cloudformation_stacks_by_time ON cloudformation_stacks (account, region, created_at);
CREATE TABLE cloudformation_resources (
  stack_id TEXT NOT NULL,
  logical_id TEXT NOT NULL,
  slot TEXT NOT NULL,
  type TEXT NOT NULL,
  physical_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  attributes TEXT NOT NULL,
  properties TEXT NOT NULL,
  previous TEXT NOT NULL,
  token TEXT NOT NULL,
  operation TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  updated_at REAL NOT NULL,
  policies TEXT NOT NULL,
  dependencies TEXT NOT NULL,
  PRIMARY KEY (stack_id, logical_id, slot)
);
CREATE INDEX cloudformation_resources_by_physical_id ON cloudformation_resources (physical_id);
CREATE TABLE cloudformation_events (
  stack_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  logical_id TEXT NOT NULL,
  physical_id TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  properties TEXT NOT NULL,
  client_token TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (stack_id, number)
);
CREATE TABLE cloudformation_exports (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  stack_id TEXT NOT NULL,
  PRIMARY KEY (account, region, name)
);
CREATE TABLE cloudformation_imports (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  stack_id TEXT NOT NULL,
  PRIMARY KEY (account, region, name, stack_id)
);
CREATE TABLE cloudformation_change_sets (
  change_set_id TEXT NOT NULL PRIMARY KEY,
  stack_id TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  execution_status TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at REAL NOT NULL,
  definition TEXT NOT NULL,
  changes TEXT NOT NULL
);
CREATE UNIQUE INDEX cloudformation_change_sets_by_name ON cloudformation_change_sets (stack_id, name);
CREATE TABLE cloudformation_waits (
  token TEXT NOT NULL PRIMARY KEY,
  stack_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  deadline REAL NOT NULL,
  answer TEXT NOT NULL
);
CREATE UNIQUE INDEX cloudformation_waits_by_purpose ON cloudformation_waits (stack_id, purpose);
CREATE TABLE cloudformation_signals (
  handle TEXT NOT NULL,
  unique_id TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (handle, unique_id)
);
