ALTER TABLE cloudformation_events ADD COLUMN operation TEXT NOT NULL DEFAULT '';
CREATE TABLE cloudformation_event_counts (
  stack_id TEXT NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL
);
INSERT INTO cloudformation_event_counts (stack_id, last) SELECT stack_id, last_event FROM cloudformation_stacks;
CREATE TABLE cloudformation_steps (
  stack_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  name TEXT NOT NULL,
  seed BLOB NOT NULL,
  result BLOB NOT NULL,
  PRIMARY KEY (stack_id, purpose, name)
);
