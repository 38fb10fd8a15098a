CREATE TABLE iam_entities (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at REAL NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (account, kind, key)
);
CREATE TABLE iam_inline_policies (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (account, kind, key, policy_name)
);
CREATE TABLE iam_attachments (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  policy_arn TEXT NOT NULL,
  PRIMARY KEY (account, kind, key, policy_arn)
);
CREATE INDEX iam_attachments_by_policy ON iam_attachments (account, policy_arn);
CREATE TABLE iam_members (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  member_key TEXT NOT NULL,
  PRIMARY KEY (account, kind, key, member_key)
);
CREATE TABLE iam_policy_versions (
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at REAL NOT NULL,
  PRIMARY KEY (account, key, version)
);
CREATE TABLE iam_access_keys (
  access_key_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  user_key TEXT NOT NULL,
  secret TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at REAL NOT NULL
);
CREATE INDEX iam_access_keys_by_user ON iam_access_keys (account, user_key);
CREATE TABLE iam_sessions (
  access_key_id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  secret TEXT NOT NULL,
  token TEXT NOT NULL,
  arn TEXT NOT NULL,
  user_id TEXT NOT NULL,
  expires_at REAL NOT NULL
);
CREATE INDEX iam_sessions_by_expiry ON iam_sessions (expires_at);
