-- Durable executions, and the chained invocations of functions that aren't durable (`is_plain`) until they are done.
-- `due_at` is when something is to be done next: a timer, an invocation, a time limit, the end of a lease or of the
-- retention. `origin` is what never changes, `progress` what every step changes; both are JSON.
CREATE TABLE lambda_durable_executions (
    arn TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    function_name TEXT NOT NULL,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    is_plain INTEGER NOT NULL,
    status TEXT NOT NULL,
    started_at REAL NOT NULL,
    due_at REAL NOT NULL,
    owner TEXT NOT NULL,
    origin BLOB NOT NULL,
    progress BLOB NOT NULL,
    input BLOB NOT NULL,
    result BLOB,
    error BLOB,
    last_reply BLOB
);
CREATE UNIQUE INDEX lambda_durable_executions_by_name
    ON lambda_durable_executions (account, region, function_name, name);
CREATE INDEX lambda_durable_executions_by_start
    ON lambda_durable_executions (account, region, function_name, started_at, arn);
CREATE INDEX lambda_durable_executions_due ON lambda_durable_executions (due_at);
-- The operations of an execution in the order in which they began; `sequence` counts changes, `record` is AWS's shape
-- as JSON, `due_at` is when a timer of it ends.
CREATE TABLE lambda_durable_operations (
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    is_pending INTEGER NOT NULL,
    due_at REAL NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (arn, id)
);
CREATE INDEX lambda_durable_operations_in_order ON lambda_durable_operations (arn, position);
CREATE INDEX lambda_durable_operations_changed ON lambda_durable_operations (arn, sequence);
CREATE INDEX lambda_durable_operations_due ON lambda_durable_operations (arn, due_at);
CREATE INDEX lambda_durable_operations_pending ON lambda_durable_operations (arn, is_pending);
-- The history of an execution: AWS's events as JSON.
CREATE TABLE lambda_durable_events (
    arn TEXT NOT NULL,
    id INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (arn, id)
);
