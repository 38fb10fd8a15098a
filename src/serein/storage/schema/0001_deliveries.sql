-- Calls that are owed. While one is being made, `owner` names the node and `due_at` is when its lease runs out, so one
-- index finds both what is due and what was abandoned.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    target TEXT NOT NULL,
    request TEXT NOT NULL,
    policy TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at REAL NOT NULL,
    due_at REAL NOT NULL,
    owner TEXT NOT NULL,
    last_error TEXT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (due_at);
