-- A state machine. `id` tells it from an earlier one of its name; `revision` is the latest one's id; `status` is ACTIVE
-- or DELETING; `tags` and `created_with` (how it was published when it was made) are JSON.
CREATE TABLE stepfunctions_machines (
  id TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  revision TEXT NOT NULL,
  last_version INTEGER NOT NULL,
  tags TEXT NOT NULL,
  created_with TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (account, region, name)
);
CREATE UNIQUE INDEX stepfunctions_machines_by_id ON stepfunctions_machines (id);

-- What a machine was from one update to the next; never changed. `settings` is JSON: logging, tracing, encryption.
CREATE TABLE stepfunctions_revisions (
  id TEXT NOT NULL,
  machine_id TEXT NOT NULL,
  is_initial INTEGER NOT NULL,
  definition TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX stepfunctions_revisions_by_machine ON stepfunctions_revisions (machine_id);

CREATE TABLE stepfunctions_versions (
  machine_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  revision TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (machine_id, number)
);

-- `routing` is JSON: [[version, weight], …].
CREATE TABLE stepfunctions_aliases (
  machine_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  routing TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  PRIMARY KEY (machine_id, name)
);
