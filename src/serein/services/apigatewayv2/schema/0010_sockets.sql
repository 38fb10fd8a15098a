-- Open connections whose $disconnect is owed, also after the server that has them has died.
CREATE TABLE apigatewayv2_connections (
  connection_id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  details TEXT NOT NULL
);
CREATE INDEX apigatewayv2_connections_by_server ON apigatewayv2_connections (server_id);

-- Servers that have connections, where several share a database.
CREATE TABLE apigatewayv2_socket_servers (
  server_id TEXT PRIMARY KEY,
  endpoint TEXT NOT NULL,
  alive_until REAL NOT NULL
);
