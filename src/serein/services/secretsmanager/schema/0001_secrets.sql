-- Secrets by name and region. A replica is another name of the same secret; `own` is JSON about this region's only.
CREATE TABLE secretsmanager_names (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  arn TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  own TEXT NOT NULL,
  PRIMARY KEY (account, region, name)
);
CREATE UNIQUE INDEX secretsmanager_names_by_arn ON secretsmanager_names (arn);
CREATE INDEX secretsmanager_names_by_secret ON secretsmanager_names (secret_id);

-- `record` is JSON: see secrets.py. `deleted_at` is the end of the recovery window, `rotates_at` the next rotation.
CREATE TABLE secretsmanager_secrets (
  secret_id TEXT NOT NULL,
  record TEXT NOT NULL,
  deleted_at REAL,
  rotates_at REAL,
  PRIMARY KEY (secret_id)
);
CREATE INDEX secretsmanager_secrets_by_deletion ON secretsmanager_secrets (deleted_at);
CREATE INDEX secretsmanager_secrets_by_rotation ON secretsmanager_secrets (rotates_at);

-- `stages` is a JSON array of staging labels; `kind` is text, binary or empty (a rotation that has not begun).
CREATE TABLE secretsmanager_versions (
  secret_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  created_at REAL NOT NULL,
  accessed_on REAL,
  stages TEXT NOT NULL,
  kind TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (secret_id, version_id)
);
