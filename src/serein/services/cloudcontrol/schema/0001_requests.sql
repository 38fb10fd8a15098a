CREATE TABLE cloudcontrol_requests (
  token TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  client_token TEXT NOT NULL,
  status TEXT NOT NULL,
  operation TEXT NOT NULL,
  type TEXT NOT NULL,
  identifier TEXT NOT NULL,
  at REAL NOT NULL,
  content TEXT NOT NULL
);
CREATE UNIQUE INDEX cloudcontrol_requests_by_client_token ON cloudcontrol_requests (account, region, client_token);
CREATE INDEX cloudcontrol_requests_by_time ON cloudcontrol_requests (account, region, at);
