-- `settings` are members of the repository as they are shown, `tags` an object; both JSON. Policies are texts, or empty.
CREATE TABLE ecr_repositories (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at REAL NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    policy TEXT NOT NULL,
    lifecycle_policy TEXT NOT NULL,
    PRIMARY KEY (account, region, name)
);
