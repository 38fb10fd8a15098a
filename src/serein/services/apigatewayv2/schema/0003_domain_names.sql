CREATE TABLE apigatewayv2_domains (
  domain_name TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigatewayv2_domains_by_owner ON apigatewayv2_domains (account, region, domain_name);

CREATE TABLE apigatewayv2_mappings (
  domain_name TEXT NOT NULL,
  mapping_id TEXT NOT NULL,
  mapping_key TEXT NOT NULL,
  api_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  PRIMARY KEY (domain_name, mapping_id)
);
CREATE UNIQUE INDEX apigatewayv2_mappings_by_key ON apigatewayv2_mappings (domain_name, mapping_key);
CREATE INDEX apigatewayv2_mappings_by_api ON apigatewayv2_mappings (api_id);

CREATE TABLE apigatewayv2_vpc_links (
  vpc_link_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigatewayv2_vpc_links_by_owner ON apigatewayv2_vpc_links (account, region, vpc_link_id);
