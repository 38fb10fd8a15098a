-- Parameters. `version` is the latest; `tags` is a JSON object; `expires_at` is that of an Expiration policy.
CREATE TABLE ssm_parameters (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  tags TEXT NOT NULL,
  expires_at REAL,
  PRIMARY KEY (account, region, name)
);
CREATE INDEX ssm_parameters_by_expiry ON ssm_parameters (expires_at);

-- The last hundred versions of each. `record` is JSON: see parameters.py.
CREATE TABLE ssm_versions (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (account, region, name, version)
);

CREATE TABLE ssm_labels (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (account, region, name, label)
);
