CREATE TABLE cloudformation_drift_checks (
  check_id TEXT NOT NULL PRIMARY KEY,
  stack_id TEXT NOT NULL,
  status TEXT NOT NULL,
  drift_status TEXT NOT NULL,
  reason TEXT NOT NULL,
  drifted INTEGER NOT NULL,
  at REAL NOT NULL
);
CREATE TABLE cloudformation_stack_drifts (
  stack_id TEXT NOT NULL PRIMARY KEY,
  status TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE TABLE cloudformation_resource_drifts (
  stack_id TEXT NOT NULL,
  logical_id TEXT NOT NULL,
  status TEXT NOT NULL,
  at REAL NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (stack_id, logical_id)
);
