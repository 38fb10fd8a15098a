-- An execution. `id` grows with time: executions in the order of their ids are in the order of their starts. `origin`
-- is what never changes, `progress` what every step changes; both are JSON. `stopped_at` is 0 while it runs. A large input
-- is empty here.
CREATE TABLE stepfunctions_executions (
    id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL,
    machine_arn TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    is_express INTEGER NOT NULL,
    started_at REAL NOT NULL,
    stopped_at REAL NOT NULL,
    map_run_arn TEXT NOT NULL,
    origin BLOB NOT NULL,
    progress BLOB NOT NULL,
    input BLOB NOT NULL,
    output BLOB,
    error BLOB,
    cause BLOB
);
CREATE UNIQUE INDEX stepfunctions_executions_by_arn ON stepfunctions_executions (arn);
CREATE INDEX stepfunctions_executions_by_machine ON stepfunctions_executions (machine_arn, id);
CREATE INDEX stepfunctions_executions_by_status ON stepfunctions_executions (machine_arn, status, id);

-- The children of a map run, in the order in which they were started.
CREATE TABLE stepfunctions_map_children (
    map_run_arn TEXT NOT NULL,
    execution_id INTEGER NOT NULL,
    PRIMARY KEY (map_run_arn, execution_id)
);

-- A thread of control: the execution's own (id 1), a branch of a Parallel, an iteration of a Map. `record` and `data`
-- (what its state was entered with) are JSON; `owner` is the server that performs its task, empty when none does;
-- `result` is what a branch ended with.
CREATE TABLE stepfunctions_frames (
    execution_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    parent_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    owner TEXT NOT NULL,
    record BLOB NOT NULL,
    data BLOB NOT NULL,
    result BLOB,
    PRIMARY KEY (execution_id, id)
);
CREATE INDEX stepfunctions_frames_by_parent ON stepfunctions_frames (execution_id, parent_id, position);
CREATE INDEX stepfunctions_frames_by_owner ON stepfunctions_frames (owner);

-- Large inputs of executions (frame 0) and data of frames: apart from the rows that every step writes.
CREATE TABLE stepfunctions_large (
    execution_id INTEGER NOT NULL,
    frame_id INTEGER NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (execution_id, frame_id)
);

-- What happens by itself at a time: to a frame, or (frame 0) to the execution.
CREATE TABLE stepfunctions_timers (
    execution_id INTEGER NOT NULL,
    frame_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    due_at REAL NOT NULL,
    PRIMARY KEY (execution_id, frame_id, kind)
);
CREATE INDEX stepfunctions_timers_due ON stepfunctions_timers (due_at);

-- Frames that wait for the end of something that says so by a wake-up's topic.
CREATE TABLE stepfunctions_watches (
    topic TEXT NOT NULL,
    execution_id INTEGER NOT NULL,
    frame_id INTEGER NOT NULL,
    PRIMARY KEY (topic, execution_id, frame_id)
);

-- History: the events of one step, a JSON array of AWS's HistoryEvents; the last one's id is `last_id`.
CREATE TABLE stepfunctions_history (
    execution_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    events BLOB NOT NULL,
    PRIMARY KEY (execution_id, last_id)
);

-- Long texts of events, by their digests.
CREATE TABLE stepfunctions_texts (
    execution_id INTEGER NOT NULL,
    digest TEXT NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (execution_id, digest)
);

-- The servers that share a database: whose time is up doesn't perform anything any more.
CREATE TABLE stepfunctions_servers (
    id TEXT NOT NULL PRIMARY KEY,
    alive_until REAL NOT NULL
);
