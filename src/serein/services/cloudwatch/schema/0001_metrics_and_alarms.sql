-- `id` is made of everything else that identifies a metric; `dimensions` is a JSON text, sorted by name.
CREATE TABLE cloudwatch_metrics (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    updated_at REAL NOT NULL
);
CREATE INDEX cloudwatch_metrics_names ON cloudwatch_metrics (account, region, namespace, name, dimensions);
CREATE INDEX cloudwatch_metrics_updated ON cloudwatch_metrics (updated_at);

-- What was measured from `started_at` on, for `period` seconds. `distribution` is a JSON text of values and how often
-- each came; empty when that isn't known, because only statistics were given.
CREATE TABLE cloudwatch_data (
    metric_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    period INTEGER NOT NULL,
    unit TEXT NOT NULL,
    samples REAL NOT NULL,
    total REAL NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    distribution TEXT NOT NULL,
    PRIMARY KEY (metric_id, started_at, period, unit)
);
CREATE INDEX cloudwatch_data_age ON cloudwatch_data (period, started_at);

-- `definition` and `state` are JSON texts. `due_at` is when an alarm's state may be another one if no data come.
CREATE TABLE cloudwatch_alarms (
    arn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    definition TEXT NOT NULL,
    state_value TEXT NOT NULL,
    state TEXT NOT NULL,
    tags TEXT NOT NULL,
    due_at REAL
);
CREATE UNIQUE INDEX cloudwatch_alarms_names ON cloudwatch_alarms (account, region, name);
CREATE INDEX cloudwatch_alarms_due ON cloudwatch_alarms (due_at);

-- The metrics that alarms watch, and the alarms that composite alarms watch.
CREATE TABLE cloudwatch_alarm_metrics (
    alarm_arn TEXT NOT NULL,
    metric_id TEXT NOT NULL,
    PRIMARY KEY (alarm_arn, metric_id)
);
CREATE INDEX cloudwatch_alarm_metrics_metric ON cloudwatch_alarm_metrics (metric_id);
CREATE TABLE cloudwatch_alarm_children (
    alarm_arn TEXT NOT NULL,
    child_arn TEXT NOT NULL,
    is_suppressor INTEGER NOT NULL,
    PRIMARY KEY (alarm_arn, child_arn, is_suppressor)
);
CREATE INDEX cloudwatch_alarm_children_child ON cloudwatch_alarm_children (child_arn);

-- History outlives its alarm.
CREATE TABLE cloudwatch_alarm_history (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    item_type TEXT NOT NULL,
    happened_at REAL NOT NULL,
    sequence INTEGER NOT NULL,
    summary TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX cloudwatch_alarm_history_times ON cloudwatch_alarm_history (account, region, happened_at);
CREATE INDEX cloudwatch_alarm_history_names ON cloudwatch_alarm_history (account, region, name, happened_at);
CREATE INDEX cloudwatch_alarm_history_age ON cloudwatch_alarm_history (happened_at);

CREATE TABLE cloudwatch_dashboards (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    tags TEXT NOT NULL,
    modified_at REAL NOT NULL,
    PRIMARY KEY (account, region, name)
);
