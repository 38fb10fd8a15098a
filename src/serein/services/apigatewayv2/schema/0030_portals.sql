CREATE TABLE apigatewayv2_portals (
  portal_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigatewayv2_portals_by_owner ON apigatewayv2_portals (account, region, portal_id);

CREATE TABLE apigatewayv2_publications (
  portal_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (portal_id, kind)
);

CREATE TABLE apigatewayv2_products (
  product_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  policy TEXT NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX apigatewayv2_products_by_owner ON apigatewayv2_products (account, region, product_id);
CREATE INDEX apigatewayv2_products_by_region ON apigatewayv2_products (region, product_id);

CREATE TABLE apigatewayv2_product_pages (
  product_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  page_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (product_id, kind, page_id)
);
