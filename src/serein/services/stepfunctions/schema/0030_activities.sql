-- An activity. `tags` and `encryption` are JSON.
CREATE TABLE stepfunctions_activities (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    tags TEXT NOT NULL,
    encryption TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (account, region, name)
);

-- Tasks of activities that no worker has taken yet; the place is the execution's frame and the number of its task.
CREATE TABLE stepfunctions_activity_tasks (
    execution_id INTEGER NOT NULL,
    frame_id INTEGER NOT NULL,
    task INTEGER NOT NULL,
    activity_arn TEXT NOT NULL,
    offered_at REAL NOT NULL,
    token TEXT NOT NULL,
    input BLOB NOT NULL,
    PRIMARY KEY (execution_id, frame_id, task)
);
CREATE INDEX stepfunctions_activity_tasks_in_line
    ON stepfunctions_activity_tasks (activity_arn, offered_at, execution_id, frame_id);
