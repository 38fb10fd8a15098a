-- Accepted events of asynchronous invocations until they are done with; `due_at` is when a lease ends while one runs.
CREATE TABLE lambda_events (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    request_id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    details TEXT NOT NULL,
    payload BLOB NOT NULL,
    accepted_at REAL NOT NULL,
    attempt INTEGER NOT NULL,
    throttles INTEGER NOT NULL,
    due_at REAL NOT NULL,
    owner TEXT NOT NULL
);
CREATE INDEX lambda_events_by_function ON lambda_events (account, region, name, due_at);
-- How many environments versions and aliases are to have ready.
CREATE TABLE lambda_provisioned (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    qualifier TEXT NOT NULL,
    requested INTEGER NOT NULL,
    modified_at REAL NOT NULL,
    PRIMARY KEY (account, region, name, qualifier)
);
