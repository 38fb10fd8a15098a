-- `definition` is a JSON text (targets.py). `due_at` says when the platform looks at the target next.
CREATE TABLE application_autoscaling_targets (
    arn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    namespace TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    dimension TEXT NOT NULL,
    definition TEXT NOT NULL,
    due_at REAL
);
CREATE UNIQUE INDEX application_autoscaling_targets_address
    ON application_autoscaling_targets (account, region, namespace, resource_id, dimension);
CREATE INDEX application_autoscaling_targets_due ON application_autoscaling_targets (due_at);

CREATE TABLE application_autoscaling_policies (
    target_arn TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    due_at REAL,
    PRIMARY KEY (target_arn, name)
);

CREATE TABLE application_autoscaling_actions (
    target_arn TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    due_at REAL,
    PRIMARY KEY (target_arn, name)
);
CREATE INDEX application_autoscaling_actions_due ON application_autoscaling_actions (due_at);

-- Activities outlive their targets. `is_scaled` is 0 for those that changed nothing.
CREATE TABLE application_autoscaling_activities (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    namespace TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    dimension TEXT NOT NULL,
    started_at REAL NOT NULL,
    is_scaled INTEGER NOT NULL,
    definition TEXT NOT NULL
);
CREATE INDEX application_autoscaling_activities_started
    ON application_autoscaling_activities (account, region, namespace, started_at);
