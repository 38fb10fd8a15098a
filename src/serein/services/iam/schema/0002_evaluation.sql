CREATE TABLE iam_revisions (
  account TEXT NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL
);
ALTER TABLE iam_sessions ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
