-- What a bulk operation could not write, until it is in the report. `entry` is a line of it, in JSON.
CREATE TABLE dynamodb_bulk_failures (
  job_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (job_id, kind, number)
);
