-- A map run: the children of a distributed Map state that one entry of the state wants. `id` is the last part of its
-- ARN. `plan` is what was worked out of what the state was entered with, `position` how far the dataset has been read;
-- both are JSON. `phase` is what is done next (distributed/turns.py), `status` what AWS shows.
-- Counts are of executions and of the items in them; `pending` ones haven't been started. `is_due` says that something
-- has changed for it; whoever works on it holds it until `leased_until`, 0 when nobody does.
CREATE TABLE stepfunctions_map_runs (
    id TEXT NOT NULL PRIMARY KEY,
    arn TEXT NOT NULL,
    execution_id INTEGER NOT NULL,
    frame_id INTEGER NOT NULL,
    task INTEGER NOT NULL,
    execution_arn TEXT NOT NULL,
    machine_arn TEXT NOT NULL,
    revision TEXT NOT NULL,
    state_name TEXT NOT NULL,
    phase TEXT NOT NULL,
    status TEXT NOT NULL,
    plan BLOB NOT NULL,
    position TEXT NOT NULL,
    max_concurrency INTEGER NOT NULL,
    tolerated_count INTEGER NOT NULL,
    tolerated_percentage REAL NOT NULL,
    has_count INTEGER NOT NULL,
    has_percentage INTEGER NOT NULL,
    error TEXT,
    cause TEXT,
    started_at REAL NOT NULL,
    stopped_at REAL NOT NULL,
    redrive_count INTEGER NOT NULL,
    redriven_at REAL NOT NULL,
    is_due INTEGER NOT NULL,
    leased_until REAL NOT NULL
);
CREATE UNIQUE INDEX stepfunctions_map_runs_by_arn ON stepfunctions_map_runs (arn);
CREATE INDEX stepfunctions_map_runs_by_execution ON stepfunctions_map_runs (execution_id, frame_id);
CREATE INDEX stepfunctions_map_runs_due ON stepfunctions_map_runs (is_due, leased_until);

-- How many children of a map run there are of each status, and how many items they have; those in
-- stepfunctions_map_ends aren't counted yet.
CREATE TABLE stepfunctions_map_counts (
    run_id TEXT NOT NULL,
    status TEXT NOT NULL,
    executions INTEGER NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (run_id, status)
);

-- Children that have ended and aren't counted yet: they don't wait for one another, which one row of counts would make
-- them do.
CREATE TABLE stepfunctions_map_ends (
    run_id TEXT NOT NULL,
    execution_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (run_id, execution_id)
);

-- What the children work on, in the order of the items. `input` is there until the child is started; then
-- `execution_id` says which execution it is.
CREATE TABLE stepfunctions_map_portions (
    run_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    item_count INTEGER NOT NULL,
    status TEXT NOT NULL,
    execution_id INTEGER NOT NULL,
    input BLOB,
    PRIMARY KEY (run_id, number)
);
CREATE INDEX stepfunctions_map_portions_by_status ON stepfunctions_map_portions (run_id, status, number);
CREATE INDEX stepfunctions_map_portions_by_execution ON stepfunctions_map_portions (execution_id);
