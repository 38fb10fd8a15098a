-- What one server asks another to do with a connection that the other has. `answer` is empty until that has done it.
CREATE TABLE apigatewayv2_socket_errands (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  operation TEXT NOT NULL,
  request TEXT NOT NULL,
  answer TEXT NOT NULL,
  asked_at REAL NOT NULL
);
CREATE INDEX apigatewayv2_socket_errands_by_server ON apigatewayv2_socket_errands (server_id);
