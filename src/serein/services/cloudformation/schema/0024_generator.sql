CREATE TABLE cloudformation_scans (
  scan_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at REAL NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX cloudformation_scans_by_time ON cloudformation_scans (account, region, started_at);
CREATE TABLE cloudformation_scanned (
  scan_id TEXT NOT NULL,
  type TEXT NOT NULL,
  identifier TEXT NOT NULL,
  is_managed INTEGER NOT NULL,
  tags TEXT NOT NULL,
  PRIMARY KEY (scan_id, type, identifier)
);
CREATE TABLE cloudformation_generated_templates (
  template_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at REAL NOT NULL,
  content TEXT NOT NULL
);
CREATE UNIQUE INDEX cloudformation_generated_templates_by_name
  ON cloudformation_generated_templates (account, region, name);
