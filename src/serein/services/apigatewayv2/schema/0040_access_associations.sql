CREATE TABLE apigatewayv2_access_associations (
  arn TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  domain_name TEXT NOT NULL,
  is_rejected INTEGER NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigatewayv2_access_associations_by_owner ON apigatewayv2_access_associations (account, region, arn);
CREATE INDEX apigatewayv2_access_associations_by_domain ON apigatewayv2_access_associations (domain_name, arn);
