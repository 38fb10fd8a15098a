CREATE TABLE apigatewayv2_apis (
  api_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  created_at REAL NOT NULL,
  is_disabled INTEGER NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigatewayv2_apis_by_owner ON apigatewayv2_apis (account, region, api_id);

CREATE TABLE apigatewayv2_parts (
  api_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  part_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (api_id, kind, part_id)
);

CREATE TABLE apigatewayv2_deployments (
  api_id TEXT NOT NULL,
  deployment_id TEXT NOT NULL,
  created_at REAL NOT NULL,
  is_automatic INTEGER NOT NULL,
  description TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  PRIMARY KEY (api_id, deployment_id)
);

CREATE TABLE apigatewayv2_stages (
  api_id TEXT NOT NULL,
  stage_name TEXT NOT NULL,
  deployment_id TEXT NOT NULL,
  is_automatic INTEGER NOT NULL,
  variables TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (api_id, stage_name)
);
