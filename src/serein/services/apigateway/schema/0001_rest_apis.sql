CREATE TABLE apigateway_apis (
  api_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  changes INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigateway_apis_by_owner ON apigateway_apis (account, region, api_id);

CREATE TABLE apigateway_parts (
  api_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  part_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (api_id, kind, part_id)
);

CREATE TABLE apigateway_deployments (
  api_id TEXT NOT NULL,
  deployment_id TEXT NOT NULL,
  created_at REAL NOT NULL,
  settings TEXT NOT NULL,
  summary TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  PRIMARY KEY (api_id, deployment_id)
);

CREATE TABLE apigateway_stages (
  api_id TEXT NOT NULL,
  stage_name TEXT NOT NULL,
  deployment_id TEXT NOT NULL,
  canary_deployment_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  cache_revision INTEGER NOT NULL,
  authorizers_revision INTEGER NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (api_id, stage_name)
);

CREATE TABLE apigateway_api_keys (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  key_id TEXT NOT NULL,
  value TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (account, region, key_id)
);
CREATE UNIQUE INDEX apigateway_api_keys_by_value ON apigateway_api_keys (account, region, value);

CREATE TABLE apigateway_usage_plans (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (account, region, plan_id)
);

CREATE TABLE apigateway_usage_plan_keys (
  plan_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  PRIMARY KEY (plan_id, key_id)
);
CREATE INDEX apigateway_usage_plan_keys_by_key ON apigateway_usage_plan_keys (key_id);

CREATE TABLE apigateway_usage (
  plan_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  day TEXT NOT NULL,
  used INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  PRIMARY KEY (plan_id, key_id, day)
);

CREATE TABLE apigateway_things (
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL,
  thing_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (account, region, kind, thing_id)
);
