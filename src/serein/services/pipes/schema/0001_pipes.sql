-- `definition` and `tags` are JSON; see definitions.py. `due_at` is when the state that a pipe passes through is over,
-- null when it rests.
CREATE TABLE pipes_pipes (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  tags TEXT NOT NULL,
  desired_state TEXT NOT NULL,
  current_state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  due_at REAL,
  created_at REAL NOT NULL,
  modified_at REAL NOT NULL,
  PRIMARY KEY (account, region, name)
);
CREATE INDEX pipes_pipes_by_due ON pipes_pipes (due_at);
