-- Texts called `definition`, `record`, `tags` and `revision` are JSON.
CREATE TABLE codedeploy_applications (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at REAL NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE codedeploy_configs (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);

CREATE TABLE codedeploy_groups (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    application TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    definition TEXT NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, region, application, name)
);

-- `token` makes a deployment that a stack asks for twice one; `due_at` is when the platform goes on with it.
CREATE TABLE codedeploy_deployments (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    application TEXT NOT NULL,
    group_name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at REAL NOT NULL,
    sequence INTEGER NOT NULL,
    token TEXT NOT NULL,
    record TEXT NOT NULL,
    due_at REAL
);
CREATE INDEX codedeploy_deployments_groups
    ON codedeploy_deployments (account, region, application, group_name, created_at, sequence);
CREATE INDEX codedeploy_deployments_times ON codedeploy_deployments (account, region, created_at, sequence);
CREATE INDEX codedeploy_deployments_due ON codedeploy_deployments (due_at);
CREATE INDEX codedeploy_deployments_token ON codedeploy_deployments (account, region, token);

CREATE TABLE codedeploy_revisions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    application TEXT NOT NULL,
    key TEXT NOT NULL,
    revision TEXT NOT NULL,
    description TEXT NOT NULL,
    registered_at REAL NOT NULL,
    first_used_at REAL,
    last_used_at REAL,
    groups TEXT NOT NULL,
    PRIMARY KEY (account, region, application, key)
);
