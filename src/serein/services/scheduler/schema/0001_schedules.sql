-- `tags` is a JSON object. The group `default` has a row once it has a schedule or is asked for.
CREATE TABLE scheduler_groups (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at REAL NOT NULL,
  modified_at REAL NOT NULL,
  tags TEXT NOT NULL,
  client_token TEXT NOT NULL,
  PRIMARY KEY (account, region, name)
);

-- `definition` is JSON: see definitions.py. `anchor` is what the intervals of a rate are counted from; `due_at` is the
-- next time that the schedule is due, null when there is none.
CREATE TABLE scheduler_schedules (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  group_name TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at REAL NOT NULL,
  modified_at REAL NOT NULL,
  anchor REAL NOT NULL,
  due_at REAL,
  client_token TEXT NOT NULL,
  PRIMARY KEY (account, region, group_name, name)
);
CREATE INDEX scheduler_schedules_by_due ON scheduler_schedules (due_at);
