CREATE TABLE s3_buckets (
  name TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  created_at REAL NOT NULL,
  versioning TEXT NOT NULL,
  is_lockable INTEGER NOT NULL,
  notifications TEXT NOT NULL,
  encryption TEXT NOT NULL
);
CREATE INDEX s3_buckets_of_account ON s3_buckets (account, name);

-- Sub-resources that a request for an object doesn't need: policy, CORS rules, tags, lifecycle, ...
CREATE TABLE s3_settings (
  bucket TEXT NOT NULL,
  kind TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (bucket, kind)
);

-- The newest version of every key, delete markers included.
CREATE TABLE s3_objects (
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  version_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  is_marker INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified_at INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  tags TEXT NOT NULL,
  blob_key TEXT NOT NULL,
  parts TEXT NOT NULL,
  content BLOB,
  PRIMARY KEY (bucket, key)
);

-- Older versions, in buckets that have or had versioning.
CREATE TABLE s3_noncurrent (
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  version_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  is_marker INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified_at INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  tags TEXT NOT NULL,
  blob_key TEXT NOT NULL,
  parts TEXT NOT NULL,
  content BLOB,
  PRIMARY KEY (bucket, key, sequence)
);

CREATE TABLE s3_uploads (
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  upload_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  checksum_algorithm TEXT NOT NULL,
  checksum_type TEXT NOT NULL,
  attributes TEXT NOT NULL,
  tags TEXT NOT NULL,
  PRIMARY KEY (bucket, key, upload_id)
);

CREATE TABLE s3_parts (
  upload_id TEXT NOT NULL,
  part_number INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified_at INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  blob_key TEXT NOT NULL,
  PRIMARY KEY (upload_id, part_number)
);
